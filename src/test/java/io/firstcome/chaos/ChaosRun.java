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

/** One plan from the first server to the verdict. */
final class ChaosRun {
  static final Duration SETTLE_TIMEOUT = Duration.ofSeconds(90);
  static final int LEAST_OPERATIONS = 10_000;
  private static final Duration LONGEST_CALM = Duration.ofSeconds(60);
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
    Files.createDirectories(folder);
    try (World world = new World(folder, jar, replicas, plan)) {
      Books books = new Books(world, history);
      Crowd crowd = new Crowd(world, plan, history);
      Nemesis nemesis = new Nemesis(world, plan, history);
      long began = System.nanoTime();
      try {
        crowd.start();
        watch(nemesis.start(), books, crowd);
        goOn();
        crowd.stop();
        world.heal();
        crowd.settle(settling);
        List<String> targets = new ArrayList<>(crowd.coupons());
        targets.add(Crowd.SALE);
        // What never is, the judge finds.
        books.awaitDrained(targets, settling);
        Remains remains = books.remains(crowd.coupons(), crowd.campaigns());
        Files.writeString(folder.resolve("remains.txt"), remains.toString());
        // What is reserved in Redis as in MySQL; the level of claims is not that of sales.
        Verdict verdict = Judge.judge(plan.level(), plan.level(), history, remains);
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

  /** A machine that is busy with other things may need longer. */
  private void goOn() throws InterruptedException {
    long deadline = System.nanoTime() + LONGEST_CALM.toNanos();
    while (plan.rounds() > 0
        && history.size() < LEAST_OPERATIONS
        && System.nanoTime() - deadline < 0) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  private static void watch(CompletableFuture<Void> nemesis, Books books, Crowd crowd)
      throws InterruptedException {
    for (int look = 0; !nemesis.isDone(); look++) {
      List<String> targets = new ArrayList<>(crowd.coupons());
      targets.add(Crowd.SALE);
      books.noteDrained(targets);
      if (look % LOOKS_A_SNAPSHOT == 0) {
        books.noteSeen(crowd.coupons());
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    try {
      nemesis.get();
    } catch (ExecutionException e) {
      throw new AssertionError("the nemesis itself failed", e.getCause());
    }
  }
}
