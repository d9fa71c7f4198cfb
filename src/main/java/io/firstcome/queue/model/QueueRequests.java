package io.firstcome.queue.model;

import io.firstcome.http.input.Ids;
import io.firstcome.http.input.PlainText;
import io.firstcome.http.problem.Problem;

/** Rules of requests that an annotation cannot say. */
public final class QueueRequests {

  /** The path of all queues. */
  public static final String PATH = "/api/v1/queues";

  /** As {@link PlainText}, and not blank. */
  public static final String NAME = "(?U)(?=.*\\S)" + PlainText.PATTERN;

  public static final String NAME_MESSAGE =
      "must not be blank, or contain control characters or unpaired surrogates";

  /** The longest time who is called may have, in seconds: a day. */
  public static final long MAX_CALL_TIMEOUT = 86_400;

  /**
   * The shortest time a user has to come to a room, in seconds: longer than the longest after which
   * a user who waits is told to ask again, 90 seconds.
   */
  public static final long MIN_GRACE = 100;

  /** The most users that a room lets in a second. */
  public static final int MAX_RATE = 100_000;

  /** The most places a queue may have. */
  public static final int MAX_CAPACITY = 1_000_000;

  /** The most users that one request calls; also in {@code queue-state.lua}. */
  public static final int MAX_CALLED = 500;

  private QueueRequests() {}

  /** Refuses what cannot be a queue's id. */
  public static void checkQueue(String queueId) {
    if (!Ids.isResourceId(queueId)) {
      throw Problem.malformed("queueId", Ids.COUPON_MESSAGE).asException();
    }
  }

  /** Refuses what cannot be an event's id. */
  public static void checkEvent(String eventId) {
    if (!Ids.isResourceId(eventId)) {
      throw Problem.malformed("eventId", Ids.COUPON_MESSAGE).asException();
    }
  }
}
