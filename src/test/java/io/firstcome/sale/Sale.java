package io.firstcome.sale;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * A crowd of users who each want one unit of a coupon: {@code u1}, {@code u2} and so on, many at a
 * time. Who is answered 503 or not at all asks again until there is an answer; it does not wait as
 * long as {@code Retry-After} says, as tests are in a hurry. Needs nothing but a JDK.
 */
final class Sale {
  private static final long RETRY_MILLIS = 100;

  /** With the time a request may take, more than any outage in the tests lasts. */
  private static final int MAX_ATTEMPTS = 300;

  private static final int MAX_SURPRISES = 20;

  private static final Executor LATER =
      CompletableFuture.delayedExecutor(RETRY_MILLIS, TimeUnit.MILLISECONDS);

  private final Gateway gateway;
  private final String couponId;
  private final int users;
  private final Semaphore admitted = new Semaphore(0);
  private final Semaphore slots;
  private final CountDownLatch unanswered;
  private final Map<String, Holding> held = new ConcurrentHashMap<>();
  private final Map<String, String> refused = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> answers = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Long> latencyNanos = new ConcurrentLinkedQueue<>();
  private final List<String> surprises = Collections.synchronizedList(new ArrayList<>());

  /**
   * @param inFlight how many requests are under way at the same time
   */
  Sale(Gateway gateway, String couponId, int users, int inFlight) {
    this.gateway = gateway;
    this.couponId = couponId;
    this.users = users;
    this.slots = new Semaphore(inFlight);
    this.unanswered = new CountDownLatch(users);
  }

  /** Opens the doors; nobody is let in yet. */
  Sale start() {
    Thread doorman = new Thread(this::letThemAsk, "sale-" + couponId);
    doorman.setDaemon(true);
    doorman.start();
    return this;
  }

  /** Lets this many more users ask. */
  Sale letIn(int more) {
    admitted.release(more);
    return this;
  }

  Sale letAllIn() {
    return letIn(users);
  }

  /** Waits until every user has an answer; says whether that was in time. */
  boolean awaitEnd(Duration atMost) throws InterruptedException {
    return unanswered.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  String couponId() {
    return couponId;
  }

  /** How many users have their answer. */
  int answered() {
    return users - Math.toIntExact(unanswered.getCount());
  }

  /** The users who were told that they hold a unit, and which. */
  Map<String, Holding> held() {
    return held;
  }

  /** The users who were told that they get nothing, and why. */
  Map<String, String> refused() {
    return refused;
  }

  /** How often each answer was given, or which exception came instead; users may have several. */
  SortedMap<String, Long> answers() {
    SortedMap<String, Long> counts = new TreeMap<>();
    answers.forEach((label, count) -> counts.put(label, count.sum()));
    return counts;
  }

  /** How many answers begin with this, as in {@code 503}. */
  long answers(String label) {
    return answers().entrySet().stream()
        .filter(answer -> answer.getKey().startsWith(label))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** What no user should see, the first few of it. */
  List<String> surprises() {
    return List.copyOf(surprises);
  }

  /** How long the answers took, sorted. */
  long[] latencyNanos() {
    return latencyNanos.stream().mapToLong(Long::longValue).sorted().toArray();
  }

  @Override
  public String toString() {
    return "%d of %d users answered: %s; surprises: %s"
        .formatted(answered(), users, answers(), surprises);
  }

  private void letThemAsk() {
    try {
      for (int i = 1; i <= users; i++) {
        admitted.acquire();
        slots.acquire();
        ask("u" + i, 1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask(String user, int attempt) {
    long began = System.nanoTime();
    gateway
        .claim(couponId, user)
        .handle(
            (answer, failure) -> {
              if (failure != null) {
                Throwable cause =
                    failure instanceof CompletionException ? failure.getCause() : failure;
                count(cause.getClass().getSimpleName());
                return false;
              }
              latencyNanos.add(System.nanoTime() - began);
              count(answer.label());
              return isFinal(user, answer);
            })
        .exceptionally(
            e -> {
              surprise(user + ": " + e);
              return true;
            })
        .thenAccept(isFinal -> goOn(user, attempt, isFinal));
  }

  /** Takes down an answer; says whether it is the last this user needs. */
  private boolean isFinal(String user, Answer answer) {
    if (answer.isClaim()) {
      held.put(user, answer.holding(user));
    } else if (answer.status() == 503) {
      if (!answer.retryAfter().matches("[1-9]\\d*")) {
        surprise("503 without Retry-After: " + answer);
      }
      return false;
    } else if (answer.status() == 409) {
      refused.put(user, answer.problem());
    } else {
      surprise(user + ": " + answer);
    }
    return true;
  }

  private void goOn(String user, int attempt, boolean isFinal) {
    if (!isFinal && attempt < MAX_ATTEMPTS) {
      LATER.execute(() -> ask(user, attempt + 1));
      return;
    }
    if (!isFinal) {
      surprise(user + " gave up");
    }
    slots.release();
    unanswered.countDown();
  }

  private void count(String label) {
    answers.computeIfAbsent(label, l -> new LongAdder()).increment();
  }

  private void surprise(String what) {
    if (surprises.size() < MAX_SURPRISES) {
      surprises.add(what);
    }
  }
}
