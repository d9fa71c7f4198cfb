package io.firstcome.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** One plan from the first server to the verdict. */
final class ChaosRun {
  static final Duration SETTLE_TIMEOUT = Duration.ofSeconds(90);
  static final int LEAST_OPERATIONS = 10_000;
  private static final Duration LONGEST_CALM = Duration.ofMinutes(4);
  private static final int LOOK_MILLIS = 200;
  private static final int LOOKS_A_SNAPSHOT = 20;

  private final Plan plan;
  private final Path folder;
  private final Path jar;
  private final int replicas;
  private final Duration settling;
  private final History history = new History();

  /**
   * @param folder for what is left behind: what the replicas said, the history, the diary
   * @param jar of the package
   * @param replicas of the service
   * @param settling how long the stores may take to come to rest, and every request to its answer
   */
  ChaosRun(Plan plan, Path folder, Path jar, int replicas, Duration settling) {
    this.plan = plan;
    this.folder = folder;
    this.jar = jar;
    this.replicas = replicas;
    this.settling = settling;
  }

  Summary run() throws InterruptedException, IOException {
    return run(List.of(), null);
  }

  /**
   * Runs it.
   *
   * @param before answers that must have come before anything goes wrong, and before it ends
   * @param found whether a verdict has what is looked for. It is asked as soon as the ledgers are
   *     drained, and again after every request has had its answer; null: nothing is looked for
   */
  Summary run(List<Predicate<Operation>> before, Predicate<Verdict> found)
      throws InterruptedException, IOException {
    Files.createDirectories(folder);
    try (World world = new World(folder, jar, replicas, plan)) {
      Books books = new Books(world, history);
      Crowd crowd = new Crowd(world, plan, history);
      Nemesis nemesis = new Nemesis(world, plan, history);
      long began = System.nanoTime();
      try {
        crowd.start();
        long latest = began + LONGEST_CALM.toNanos();
        watch(
            () -> before.stream().allMatch(history::has) || System.nanoTime() - latest > 0,
            books,
            crowd);
        CompletableFuture<Void> faults = nemesis.start();
        watch(faults::isDone, books, crowd);
        rethrow(faults);
        goOn();
        crowd.stop();
        world.heal();
        long deadline = System.nanoTime() + SETTLE_TIMEOUT.toNanos();
        Judged judged = null;
        if (found != null) {
          judged = judge(books, crowd);
        }
        while (judged == null
            || found != null && !found.test(judged.verdict()) && System.nanoTime() - deadline < 0) {
          crowd.settle(settling);
          judged = judge(books, crowd);
        }
        Remains remains = judged.remains();
        Verdict verdict = judged.verdict();
        Files.writeString(folder.resolve("remains.txt"), remains.toString());
        return new Summary(
            plan,
            history.size(),
            (System.nanoTime() - began) / 1_000_000_000,
            nemesis.done(),
            nemesis.skipped(),
            verdict,
            remains);
      } finally {
        Files.write(folder.resolve("diary.txt"), nemesis.diary());
        history.write(folder.resolve("history.tsv"), began);
      }
    }
  }

  private record Judged(Remains remains, Verdict verdict) {}

  private Judged judge(Books books, Crowd crowd) throws InterruptedException {
    // What never is, the judge finds.
    books.awaitDrained(targets(crowd), settling);
    Remains remains = books.remains(crowd.coupons(), crowd.campaigns());
    // What is reserved in Redis as in MySQL; the level of claims is not that of sales.
    return new Judged(remains, Judge.judge(plan.level(), plan.level(), history, remains));
  }

  /** A machine that is busy with other things may need longer. */
  private void goOn() throws InterruptedException {
    long deadline = System.nanoTime() + LONGEST_CALM.toNanos();
    while (plan.rounds() > 0
        && history.size() < LEAST_OPERATIONS
        && System.nanoTime() - deadline < 0) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  private static void watch(BooleanSupplier over, Books books, Crowd crowd)
      throws InterruptedException {
    for (int look = 0; !over.getAsBoolean(); look++) {
      books.noteDrained(targets(crowd));
      if (look % LOOKS_A_SNAPSHOT == 0) {
        books.noteSeen(crowd.coupons());
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  private static List<String> targets(Crowd crowd) {
    List<String> targets = new ArrayList<>(crowd.coupons());
    targets.add(Crowd.SALE);
    return targets;
  }

  private static void rethrow(CompletableFuture<Void> nemesis) throws InterruptedException {
    try {
      nemesis.get();
    } catch (ExecutionException e) {
      throw new AssertionError("the nemesis itself failed", e.getCause());
    }
  }
}
