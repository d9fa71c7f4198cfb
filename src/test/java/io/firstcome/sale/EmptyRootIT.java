package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What the image of {@code Dockerfile.native} rests on: the executable runs in a root with nothing
 * but glibc, all of it read-only, as a user without rights, and finds its servers by name.
 *
 * <p>Needs the executable, and root to make that root.
 */
@Timeout(120)
class EmptyRootIT {
  private static final Path FOLDER = Path.of("target", "sale", "EmptyRootIT").toAbsolutePath();

  /** Paths in what ldd says; the kernel's vdso has none. */
  private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x");

  private static final String USER = "65532";

  /**
   * What a container runtime does: in a mount namespace of its own, devices and {@code /proc} in a
   * root that is read-only otherwise.
   */
  private static final String CONTAIN =
      """
      set -e
      mount --make-rprivate /
      mount --bind "$0" "$0"
      for device in null random urandom; do mount --bind "/dev/$device" "$0/dev/$device"; done
      mount -t proc proc "$0/proc"
      mount -o remount,bind,ro "$0"
      exec chroot --userspec=%1$s:%1$s --groups= "$0" /firstcome
      """
          .formatted(USER);

  private static Servers servers;
  private static LoopbackDns dns;
  private static Replica replica;
  private static Gateway gateway;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    Path executable = Path.of(System.getProperty("native.image.path", ""));
    assumeThat(executable)
        .as("no native executable: the image's root is not tried")
        .isRegularFile();
    assumeThat(run("id", "-u").strip())
        .as("not root: the image's root is not tried")
        .isEqualTo("0");
    assumeThat(run("unshare", "--mount", "true").strip())
        .as("mounting is not allowed here: the image's root is not tried")
        .isEmpty();

    Path root = root(executable);
    dns = LoopbackDns.start("redis", "mysql");
    Files.writeString(root.resolve("etc/resolv.conf"), "nameserver " + dns.address() + "\n");
    servers = Servers.start();
    Map<String, String> settings = new HashMap<>();
    servers
        .settings()
        .forEach((name, value) -> settings.put(name, value.replaceFirst("//[^:/]+:", "//HOST:")));
    settings.replaceAll(
        (name, value) -> value.replace("HOST", name.contains("redis") ? "redis" : "mysql"));
    settings.put("firstcome.identity", "header");
    // As Dockerfile.native says.
    settings.put("quarkus.vertx.caching", "false");
    settings.put("quarkus.vertx.classpath-resolving", "false");
    settings.put("firstcome.gateway.secrets", Site.SECRET);
    List<String> command = List.of("unshare", "--mount", "sh", "-c", CONTAIN, root.toString());
    replica = Replica.start(FOLDER.resolve("replica"), settings, command).awaitListening();
    gateway = Gateway.of(List.of(replica), Site.SECRET);
  }

  @AfterAll
  static void close() throws IOException {
    try (LoopbackDns asked = dns;
        Servers stopped = servers;
        Replica ended = replica) {
      if (replica != null) {
        assertThat(ended.complaints()).isEmpty();
      }
    }
  }

  @Test
  void claimsAreGivenAndWrittenBehindAndItEndsWhenAskedTo() throws IOException {
    itHasNoRightsInARootThatNobodyCanWrite();
    for (String name : List.of("redis", "mysql")) {
      assertThat(dns.asked()).as("found by name").contains(name);
    }
    assertThat(gateway.manage(0, "/q/health/ready").status()).isEqualTo(200);
    Answer created =
        gateway.operate(
            0, "POST", "/coupons", "{\"id\":\"bare\",\"name\":\"Bare\",\"quantity\":2}");
    assertThat(created.status()).as("%s", created).isEqualTo(201);
    assertThat(
            Stream.of("alice", "bob", "carol")
                .map(user -> gateway.claim(0, "bare", user).join().label()))
        .containsExactly("201", "201", "409 sold-out");
    assertThat(gateway.manage(0, "/q/metrics").body()).contains("firstcome_claims_total{");
    Audit.stores(servers, "bare", 2);

    replica.terminate();
    assertThat(replica.awaitExit(Duration.ofSeconds(20))).isIn(0, 128 + 15);
  }

  private static void itHasNoRightsInARootThatNobodyCanWrite() throws IOException {
    Path proc = Path.of("/proc", String.valueOf(replica.pid()));
    assertThat(Files.readString(proc.resolve("status")))
        .containsPattern("Uid:\\s+65532\\s+65532\\s+65532\\s+65532")
        .containsPattern("Gid:\\s+65532\\s+65532\\s+65532\\s+65532")
        .containsPattern("CapEff:\\s+0+\n");
    assertThat(Files.readAllLines(proc.resolve("mountinfo")))
        .filteredOn(line -> line.split(" ")[4].equals("/"))
        .last()
        .asString()
        .contains(" / ro,");
  }

  /** Everything that the executable needs, and no more. */
  private static Path root(Path executable) throws IOException, InterruptedException {
    Path root = FOLDER.resolve("root");
    if (Files.exists(root)) {
      try (Stream<Path> old = Files.walk(root)) {
        for (Path path : old.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    for (String folder : List.of("dev", "etc", "proc", "tmp")) {
      Files.createDirectories(root.resolve(folder));
    }
    for (String device : List.of("null", "random", "urandom")) {
      Files.createFile(root.resolve("dev").resolve(device));
    }
    List<Path> libraries =
        LIBRARY
            .matcher(run("ldd", executable.toString()))
            .results()
            .map(found -> Path.of(found.group(1)))
            .toList();
    assertThat(libraries)
        .extracting(library -> library.getFileName().toString())
        .containsExactlyInAnyOrder("libc.so.6", "ld-linux-x86-64.so.2");
    for (Path library : libraries) {
      Path copy = root.resolve("." + library).normalize();
      Files.createDirectories(copy.getParent());
      Files.copy(library.toRealPath(), copy);
    }
    Path copy = root.resolve("firstcome");
    Files.copy(executable, copy);
    Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("r-xr-xr-x"));
    return root;
  }

  private static String run(String... line) throws IOException, InterruptedException {
    try {
      Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return output;
    } catch (IOException e) {
      return e.getMessage();
    }
  }
}
