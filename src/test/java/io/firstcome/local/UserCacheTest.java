package io.firstcome.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserCacheTest {
  @TempDir Path root;

  @Test
  void anEntryIsFilledOnceHoweverManyAsk() {
    AtomicInteger fillings = new AtomicInteger();
    CompletableFuture<?>[] askers =
        Stream.generate(() -> CompletableFuture.runAsync(() -> ask(fillings)))
            .limit(8)
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(askers).join();
    assertThat(fillings).hasValue(1);
  }

  @Test
  void aFailedFillingLeavesNothingAndIsTriedAgain() {
    UserCache cache = new UserCache(root);
    assertThatThrownBy(
            () ->
                cache.entry(
                    "a-1",
                    folder -> {
                      Files.createFile(folder.resolve("half"));
                      throw new IOException("disk full");
                    }))
        .hasMessageContaining("disk full");
    assertThat(root.resolve("a-1")).doesNotExist();
    assertThat(cache.entry("a-1", folder -> {})).isEmptyDirectory();
  }

  @Test
  void whatAKilledUnpackingLeftIsNotTakenForAnEntry() throws IOException {
    Path left = Files.createDirectories(root.resolve(".partial/base"));
    Files.createFile(left.resolve("half"));
    assertThat(new UserCache(root).entry("a-1", folder -> {})).isEmptyDirectory();
  }

  private void ask(AtomicInteger fillings) {
    Path entry =
        new UserCache(root)
            .entry(
                "a-1",
                folder -> {
                  fillings.incrementAndGet();
                  Files.createFile(folder.resolve("whole"));
                });
    assertThat(entry.resolve("whole")).exists();
  }
}
