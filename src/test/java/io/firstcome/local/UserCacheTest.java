package io.firstcome.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.Thread.State;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserCacheTest {
  @TempDir Path root;

  @Test
  void whoAsksWhileAnEntryIsFilledWaitsForItAndDoesNotFillItAgain() throws Exception {
    UserCache cache = new UserCache(root);
    List<String> fillings = new CopyOnWriteArrayList<>();
    Thread second = new Thread(() -> cache.entry("a-1", folder -> fillings.add("second")));

    cache.entry(
        "a-1",
        folder -> {
          fillings.add("first");
          second.start();
          await().until(second::getState, State.BLOCKED::equals);
        });

    second.join();
    assertThat(fillings).containsExactly("first");
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
}
