package io.firstcome.work;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Runs a blocking task again and again on a dedicated daemon thread, half a period to a whole one
 * after it ended: replicas that start together do not run it together.
 */
public final class PeriodicTask {

  private final Duration period;
  private final Runnable task;
  private final Consumer<Throwable> onFirstFailure;
  private final Thread thread;
  private volatile boolean woken;
  private volatile boolean stopped;

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

  /** Runs it now, or once more when the run that goes on has ended. For any thread. */
  public void wake() {
    woken = true;
    LockSupport.unpark(thread);
  }

  /** Starts no other run; does not wait for the one that runs. */
  public void stop() {
    stopped = true;
    wake();
  }

  public boolean isStopped() {
    return stopped;
  }

  /** Stops it, interrupts what runs, and waits a second for its end. */
  public void end() throws InterruptedException {
    stop();
    thread.interrupt();
    thread.join(1_000);
  }

  /** The same, for a run that may end by itself in this time, of at least a millisecond. */
  public void end(Duration grace) throws InterruptedException {
    stop();
    thread.join(grace.toMillis());
    end();
  }

  private void loop() {
    boolean failing = false;
    while (isDue()) {
      try {
        task.run();
        failing = false;
      } catch (RuntimeException | Error e) {
        // The end interrupts what a run waits for, which is no failure.
        if (!failing && !stopped) {
          onFirstFailure.accept(e);
        }
        failing = true;
      }
    }
  }

  /** Waits for the next run; says whether there is to be one. */
  private boolean isDue() {
    // What the task itself waits for may take the permit of the thread.
    if (!woken) {
      LockSupport.parkNanos(jittered(period).toNanos());
    }
    woken = false;
    return !stopped && !Thread.currentThread().isInterrupted();
  }

  /** Between half of it and all of it. */
  public static Duration jittered(Duration period) {
    long half = Math.max(1, period.toNanos() / 2);
    return Duration.ofNanos(half + ThreadLocalRandom.current().nextLong(half));
  }
}
