package io.firstcome.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * What is unpacked once per user: {@code ${XDG_CACHE_HOME:-~/.cache}/firstcome}, or a folder of the
 * user's own under {@code java.io.tmpdir} where that cannot be written.
 *
 * <p>An entry appears by a rename, so it is complete or not there; a file lock lets parallel JVMs
 * unpack once, and is given back by the kernel when one of them is killed.
 */
final class UserCache {
  /** Fills an empty folder. */
  interface Filling {
    void fill(Path folder) throws Exception;
  }

  private final Path root;

  UserCache() {
    this(preferredRoot());
  }

  UserCache(Path root) {
    this.root = root;
  }

  /**
   * The folder of that name, filled if it is not there yet.
   *
   * @param name with the version in it: an entry never changes
   * @throws IllegalStateException if it cannot be filled; nothing is left behind then
   */
  Path entry(String name, Filling filling) {
    Path entry = root.resolve(name);
    if (Files.isDirectory(entry)) {
      return entry;
    }
    // Locks belong to the whole JVM, and our classes may be loaded more than once in it: the
    // monitor is that of a class which is not.
    synchronized (FileLock.class) {
      try (FileChannel file = openLock();
          FileLock held = file.lock()) {
        assert held.isValid();
        if (!Files.isDirectory(entry)) {
          fill(entry, filling);
        }
        return entry;
      } catch (IOException e) {
        throw new UncheckedIOException("cannot use the cache " + root, e);
      }
    }
  }

  private FileChannel openLock() throws IOException {
    Files.createDirectories(root);
    return FileChannel.open(
        root.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private void fill(Path entry, Filling filling) throws IOException {
    // One name for all: what a killed JVM left there is deleted by the next.
    Path partial = root.resolve(".partial");
    Folders.delete(partial);
    Files.createDirectory(partial);
    System.out.printf("Firstcome: unpacking %s to %s, once%n", entry.getFileName(), root);
    try {
      filling.fill(partial);
      Files.move(partial, entry, StandardCopyOption.ATOMIC_MOVE);
    } catch (Exception e) {
      Folders.delete(partial);
      throw new IllegalStateException(
          "cannot unpack " + entry.getFileName() + " to " + root + ": " + e, e);
    }
  }

  private static Path preferredRoot() {
    String configured = System.getenv("XDG_CACHE_HOME");
    Path home =
        configured == null || configured.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(configured);
    Path root = home.resolve("firstcome");
    try {
      Files.createDirectories(root);
      if (Files.isWritable(root)) {
        return root;
      }
    } catch (IOException e) {
      // No home, or a read-only one: the temporary folder serves.
    }
    return temporaryRoot();
  }

  /** Others can write to the parent, so the folder must be ours before anything in it is run. */
  private static Path temporaryRoot() {
    Path root =
        Path.of(
            System.getProperty("java.io.tmpdir"), "firstcome-" + System.getProperty("user.name"));
    try {
      if (!Files.exists(root)) {
        Files.createDirectory(
            root,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      Set<?> permissions = Files.getPosixFilePermissions(root);
      boolean ours = Folders.owner(root) == Folders.currentUser();
      if (!ours || !permissions.equals(PosixFilePermissions.fromString("rwx------"))) {
        throw new FileSystemException(root.toString(), null, "belongs to somebody else");
      }
      return root;
    } catch (IOException e) {
      throw new UncheckedIOException("no place to unpack to; set XDG_CACHE_HOME", e);
    }
  }
}
