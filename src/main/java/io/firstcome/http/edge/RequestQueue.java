package io.firstcome.http.edge;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.Http1xServerConnection;
import io.vertx.core.spi.tracing.SpanKind;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.spi.tracing.VertxTracer;
import io.vertx.core.tracing.TracingPolicy;
import java.util.ArrayDeque;
import java.util.Map;

/**
 * Passes the requests of one connection on one at a time: the next one when the one before is
 * answered and the socket takes more. Vert.x alone decodes all that a client pipelines and queues
 * it without a bound, and writes answers whether or not the client reads them.
 *
 * <p>A client that neither waits for answers nor reads them thus costs one answer, and the socket's
 * buffers; {@link UnreadAnswers} bounds what all such clients cost. One that has more requests
 * waiting than it may is disconnected: it can be told nothing before the answers it did not read.
 */
final class RequestQueue extends ChannelDuplexHandler {

  private static final String NAME = RequestQueue.class.getName();

  /** A request without a body is two messages: its head and its end. */
  private static final int MESSAGES_A_REQUEST = 2;

  private final int maxHeld;
  private final UnreadAnswers unread;
  private final ArrayDeque<Object> held = new ArrayDeque<>();

  /** Whether a request was passed on that is not answered: at first the one that installs this. */
  private boolean unanswered = true;

  private boolean passingOn;
  private boolean closing;

  private RequestQueue(int maxPipelined, UnreadAnswers unread) {
    this.unread = unread;
    this.maxHeld = maxPipelined * MESSAGES_A_REQUEST;
  }

  @Override
  public void channelRead(ChannelHandlerContext channel, Object message) {
    if (closing) {
      ReferenceCountUtil.release(message);
    } else if (held.isEmpty() && mayPass(channel, message)) {
      pass(channel, message);
    } else if (held.size() < maxHeld) {
      held.add(message);
    } else {
      closing = true;
      ReferenceCountUtil.release(message);
      channel.close();
    }
  }

  private boolean mayPass(ChannelHandlerContext channel, Object message) {
    return !(message instanceof HttpRequest) || !unanswered && channel.channel().isWritable();
  }

  private void pass(ChannelHandlerContext channel, Object message) {
    unanswered |= message instanceof HttpRequest;
    channel.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext channel, Object message, ChannelPromise promise) {
    channel.write(message, promise);
    if (message instanceof LastHttpContent && !isInformational(message)) {
      unanswered = false;
      passOn(channel);
    }
  }

  /** Such as 100 (Continue): the answer is still to come. */
  private static boolean isInformational(Object message) {
    return message instanceof HttpResponse response
        && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext channel) {
    if (channel.channel().isWritable()) {
      unread.goesOn(channel.channel());
    } else {
      unread.waits(channel.channel());
    }
    passOn(channel);
    channel.fireChannelWritabilityChanged();
  }

  /** Later, as whoever answered is not done yet. */
  private void passOn(ChannelHandlerContext channel) {
    if (!held.isEmpty() && !passingOn) {
      passingOn = true;
      channel.executor().execute(() -> passHeldOn(channel));
    }
  }

  private void passHeldOn(ChannelHandlerContext channel) {
    passingOn = false;
    boolean passed = false;
    while (!held.isEmpty() && mayPass(channel, held.peek())) {
      pass(channel, held.poll());
      passed = true;
    }
    if (passed) {
      // Flushes what was written.
      channel.fireChannelReadComplete();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext channel) {
    closing = true;
    unread.goesOn(channel.channel());
    held.forEach(ReferenceCountUtil::release);
    held.clear();
    channel.fireChannelInactive();
  }

  /**
   * Gives each connection its queue with its first request. There is no hook for new connections,
   * and routes do not see every request; the tracer of Vert.x does, before anything else.
   */
  static final class Installer implements VertxTracer<Object, Object> {

    private final int maxPipelined;
    private final UnreadAnswers unread;

    Installer(int maxPipelined, UnreadAnswers unread) {
      this.maxPipelined = maxPipelined;
      this.unread = unread;
    }

    @Override
    public <R> Object receiveRequest(
        Context context,
        SpanKind kind,
        TracingPolicy policy,
        R request,
        String operation,
        Iterable<Map.Entry<String, String>> headers,
        TagExtractor<R> tags) {
      if (request instanceof HttpServerRequest http
          && http.connection() instanceof Http1xServerConnection connection) {
        ChannelHandlerContext handler = connection.channelHandlerContext();
        ChannelPipeline pipeline = handler.pipeline();
        if (pipeline.context(NAME) == null) {
          pipeline.addBefore(handler.name(), NAME, new RequestQueue(maxPipelined, unread));
        }
      }
      return null;
    }
  }
}
