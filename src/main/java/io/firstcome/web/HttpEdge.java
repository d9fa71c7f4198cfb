package io.firstcome.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Errors that JAX-RS never sees: a body too large, a failure in a route that is not a resource.
 * Quarkus answers these with an empty body or a page of its own.
 */
@Singleton
public class HttpEdge {
  // Before Quarkus' own check of the body's size (order -2), which answers without a body.
  private static final int BODY_LIMIT_PRIORITY = 100;
  // After whoever may know better, before Quarkus' own (the last).
  private static final int FAILURE_ORDER = Integer.MAX_VALUE - 1;

  private static final long LINGER_MILLIS = 1_000;

  private final ProblemWriter writer;
  private final UnexpectedErrors unexpected;
  private final long maxBodyBytes;
  private final BodyHandler unannouncedBody;

  HttpEdge(
      ProblemWriter writer,
      UnexpectedErrors unexpected,
      @ConfigProperty(name = "quarkus.http.limits.max-body-size") MemorySize maxBodySize) {
    this.writer = writer;
    this.unexpected = unexpected;
    this.maxBodyBytes = maxBodySize.asLongValue();
    this.unannouncedBody = BodyHandler.create(false).setBodyLimit(maxBodyBytes);
  }

  void filters(@Observes Filters filters) {
    filters.register(this::limitBody, BODY_LIMIT_PRIORITY);
  }

  void router(@Observes Router router) {
    router.route().order(FAILURE_ORDER).failureHandler(this::failed);
    router.errorHandler(404, this::failed);
    router.errorHandler(405, this::failed);
  }

  private void limitBody(RoutingContext request) {
    String length = request.request().getHeader(HttpHeaderNames.CONTENT_LENGTH);
    if (length != null) {
      if (Long.parseLong(length) > maxBodyBytes) {
        tooLarge(request);
      } else {
        request.next();
      }
    } else if (request.request().isEnded()) {
      request.next();
    } else {
      // Only what was read tells its size. Read here, within the limit, it is there as a whole
      // when a resource asks for it. (It is resumed there, when somebody listens.)
      unannouncedBody.handle(request);
    }
  }

  private void tooLarge(RoutingContext request) {
    HttpServerRequest rest = request.request();
    boolean closes = rest.version() != HttpVersion.HTTP_2;
    if (closes) {
      request.response().putHeader(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    send(request, Problem.of(ProblemType.PAYLOAD_TOO_LARGE));
    if (closes && !rest.isEnded()) {
      // Closing at once would reset the connection under whoever is still sending, and the answer
      // with it. What comes until then is thrown away.
      HttpConnection connection = rest.connection();
      long linger = request.vertx().setTimer(LINGER_MILLIS, timer -> connection.close());
      connection.closeHandler(closed -> request.vertx().cancelTimer(linger));
      rest.handler(discarded -> {}).resume();
    }
  }

  private void failed(RoutingContext request) {
    Throwable failure = request.failure();
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) {
      // Answered, or nobody there to answer: a client that went away is not an error to log.
      return;
    }
    if (response.headWritten()) {
      // Too late to say anything: Quarkus ends what was begun.
      request.next();
      return;
    }
    if (failure instanceof ProblemException known) {
      send(request, known.problem());
    } else if (failure instanceof RejectedExecutionException) {
      send(request, Problem.of(ProblemType.OVERLOADED));
    } else if (request.statusCode() == ProblemType.PAYLOAD_TOO_LARGE.status()) {
      tooLarge(request);
    } else if (failure == null || request.statusCode() >= 400 && request.statusCode() < 500) {
      send(request, Problem.of(typeOf(request.statusCode())));
    } else {
      send(request, unexpected.problem(failure, request));
    }
  }

  /** Answers with a problem, from where JAX-RS is not reached. */
  public void send(RoutingContext request, Problem problem) {
    HttpServerResponse response = request.response();
    if (response.closed()) {
      // Nobody is there to answer.
      return;
    }
    response.setStatusCode(problem.type().status());
    response.putHeader(HttpHeaderNames.CONTENT_TYPE, Problem.MEDIA_TYPE);
    if (problem.hasRetryAfter()) {
      response.putHeader(
          HttpHeaderNames.RETRY_AFTER, Long.toString(problem.drawRetryAfterSeconds()));
    }
    try {
      response.end(Buffer.buffer(Unpooled.wrappedBuffer(writer.toJson(problem))));
    } catch (JsonProcessingException e) {
      response.end();
    }
  }

  /** The problem that says what a bare status says. */
  public static ProblemType typeOf(int status) {
    return switch (status) {
      case 401 -> ProblemType.UNAUTHENTICATED;
      case 403 -> ProblemType.FORBIDDEN;
      case 404 -> ProblemType.NOT_FOUND;
      case 405 -> ProblemType.METHOD_NOT_ALLOWED;
      case 406 -> ProblemType.NOT_ACCEPTABLE;
      case 413 -> ProblemType.PAYLOAD_TOO_LARGE;
      case 415 -> ProblemType.UNSUPPORTED_MEDIA_TYPE;
      case 429 -> ProblemType.TOO_MANY_REQUESTS;
      case 503 -> ProblemType.OVERLOADED;
      default -> status >= 400 && status < 500 ? ProblemType.MALFORMED : ProblemType.INTERNAL;
    };
  }
}
