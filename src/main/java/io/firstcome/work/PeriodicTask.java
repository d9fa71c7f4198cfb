package io.firstcome.work;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs a blocking task again and again on a dedicated daemon thread, half a period to a whole one
 * after it ended: replicas that start together do not run it together.
 */
public final class PeriodicTask {

  private final Duration period;
  private final Runnable task;
  private final Consumer<Throwable> onFirstFailure;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread;

  /**
   * @param name of the thread
   * @param onFirstFailure receives the first of failures in a row; the task goes on
   */
  public PeriodicTask(
      String name, Duration period, Runnable task, Consumer<Throwable> onFirstFailure) {
    this.period = period;
    this.task = task;
    this.onFirstFailure = onFirstFailure;
    this.thread = new Thread(this::loop, name);
    this.thread.setDaemon(true);
  }

  public void start() {
    thread.start();
  }

  /** Starts no other run; does not wait for the one that runs. */
  public void stop() {
    stopped.countDown();
  }

  public boolean isStopped() {
    return stopped.getCount() == 0;
  }

  /** Stops it, interrupts what runs, and waits a second for its end. */
  public void end() throws InterruptedException {
    stop();
    thread.interrupt();
    thread.join(1_000);
  }

  private void loop() {
    boolean failing = false;
    try {
      while (!stopped.await(pauseNanos(), TimeUnit.NANOSECONDS)) {
        try {
          task.run();
          failing = false;
        } catch (RuntimeException | Error e) {
          if (!failing) {
            onFirstFailure.accept(e);
          }
          failing = true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private long pauseNanos() {
    return jittered(period).toNanos();
  }

  /** Between half of it and all of it. */
  public static Duration jittered(Duration period) {
    long half = Math.max(1, period.toNanos() / 2);
    return Duration.ofNanos(half + ThreadLocalRandom.current().nextLong(half));
  }
}
