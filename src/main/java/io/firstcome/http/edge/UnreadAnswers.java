package io.firstcome.http.edge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The answers that sockets do not take, because their clients do not read: one of half a megabyte
 * for each of a thousand connections would fill the heap. Above the bound the connection that has
 * not read for longest is closed.
 *
 * <p>Counted where a connection stops taking more and where it takes more again, so that answers
 * that are read cost nothing. Each event loop closes connections of its own.
 */
final class UnreadAnswers {

  private final long maxBytes;
  private final AtomicLong bytes = new AtomicLong();

  /** By connection, the one that has not read for longest first. */
  private final FastThreadLocal<Map<Channel, Long>> ofThisLoop =
      new FastThreadLocal<>() {
        @Override
        protected Map<Channel, Long> initialValue() {
          return new LinkedHashMap<>();
        }
      };

  UnreadAnswers(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** The socket of a connection takes no more for now. On its event loop, as all of these. */
  void waits(Channel channel) {
    ChannelOutboundBuffer answers = channel.unsafe().outboundBuffer();
    if (answers == null) {
      return;
    }
    Map<Channel, Long> here = ofThisLoop.get();
    long pending = answers.totalPendingWriteBytes();
    Long before = here.put(channel, pending);
    bytes.addAndGet(before == null ? pending : pending - before);
    while (bytes.get() > maxBytes && !here.isEmpty()) {
      Channel longest = here.keySet().iterator().next();
      goesOn(longest);
      // Later, as this one may be writing.
      longest.eventLoop().execute(longest::close);
    }
  }

  /** It takes more again, or is closed. */
  void goesOn(Channel channel) {
    Long pending = ofThisLoop.get().remove(channel);
    if (pending != null) {
      bytes.addAndGet(-pending);
    }
  }
}
