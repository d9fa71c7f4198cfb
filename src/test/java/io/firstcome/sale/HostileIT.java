package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Attacks by those who have no credentials, or only those of a shopper, on a process with a small
 * heap. Each lasts seconds. Meanwhile claims go on exactly and no event loop stands still; after it
 * the process holds about as much memory as before.
 */
@Tag("strangers")
@Timeout(120)
class HostileIT {
  private static final Duration ATTACK = Duration.ofSeconds(5);

  /** Shopping goes on for so long after it: what it did may be felt when it is over. */
  private static final Duration AFTERMATH = Duration.ofSeconds(4);

  /** What a claim may take meanwhile; a frozen event loop took 10 s and more. */
  private static final Duration LONGEST_CLAIM = Duration.ofSeconds(4);

  private static final long HEAP_GROWTH_KB = 40_000;
  private static final long PROCESS_GROWTH_KB = 160_000;
  private static final int CONNECTIONS = 8;

  /** Fewer than by default, so that a slow machine reaches the limit too. */
  private static final int NEW_VISITORS = 200;

  /** Of a lottery, all on one page. */
  private static final int ENTRIES = 5_000;

  private static final String ISSUER = "https://id.example.org";

  private static final String GET = "GET /api/v1/coupons/%s HTTP/1.1\r\nHost: x\r\n\r\n";

  private static Site site;
  private static Replica replica;

  @BeforeAll
  static void open() {
    site =
        new Site(HostileIT.class)
            .with("firstcome.front.return-hosts", "shop.example")
            .with("firstcome.limit.visitor.replica-burst", "" + NEW_VISITORS)
            .run(1);
    replica = site.replicas().get(0);
    // What it holds when it has done everything once is what it is compared with.
    String coupon = site.coupon(1_000);
    IntStream.range(0, 500).forEach(i -> site.gateway().claim(0, coupon, "warm-" + i).join());
  }

  @AfterAll
  static void close() {
    site.close();
  }

  @Test
  void methodsThatNobodyKnowsAndPathsThatAreNotThere() throws Exception {
    withstands(
        () -> {
          RawHttp.flood(
              replica.uri(),
              CONNECTIONS,
              ATTACK,
              () -> random(8_000) + " / HTTP/1.1\r\nHost: x\r\n\r\n");
          RawHttp.flood(
              replica.uri(),
              CONNECTIONS,
              ATTACK,
              () -> "POST /" + random(200) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        });
    assertThat(metrics().lines().filter(line -> line.startsWith("http_server_requests")).count())
        .as("series of HTTP requests")
        .isLessThan(500);
  }

  /** Streams that are opened and never ended, over connections that are then closed. */
  @Test
  void tenThousandStreamsOfOneConnection() throws Exception {
    withstands(() -> openStreams(replica.uri()));
  }

  /** Its server has the same event loops. */
  @Test
  void tenThousandStreamsToTheManagementPort() throws Exception {
    withstands(() -> openStreams(replica.management()));
  }

  private static void openStreams(URI server) throws IOException {
    byte[] streams = streams(10_000);
    for (int i = 0; i < 3; i++) {
      RawHttp.write(server, streams, ATTACK);
    }
  }

  @Test
  void answersThatNobodyReads() throws Exception {
    String coupon = site.coupon(1);
    byte[] requests = GET.formatted(coupon).repeat(40_000).getBytes(StandardCharsets.US_ASCII);
    withstands(() -> RawHttp.hold(replica.uri(), 4, requests, ATTACK.plus(ATTACK)));
  }

  @Test
  void oneShopperDoesNotFillRedis() throws Exception {
    String sale = "hostile-" + UUID.randomUUID();
    operate("/sales", "{\"id\":\"%s\",\"name\":\"A sale\"}".formatted(sale));
    operate(
        "/sales/" + sale + "/items", "{\"id\":\"a\",\"name\":\"An item\",\"quantity\":1000000}");
    String lines = "{\"items\":[{\"itemId\":\"a\",\"quantity\":1}]}";
    long before = redisBytes();
    withstands(
        () -> {
          Map<Integer, Long> answers =
              RawHttp.flood(
                  replica.uri(),
                  CONNECTIONS,
                  ATTACK,
                  () ->
                      "POST /api/v1/sales/"
                          + sale
                          + "/reservations HTTP/1.1\r\nHost: x\r\n"
                          + "X-Gateway-Secret: "
                          + Site.SECRET
                          + "\r\nX-User-Id: greedy\r\nIdempotency-Key: "
                          + UUID.randomUUID()
                          + "\r\nContent-Type: application/json\r\nContent-Length: "
                          + lines.length()
                          + "\r\n\r\n"
                          + lines);
          assertThat(answers).as("answers").containsKey(201);
        });
    // The ledger is drained: what is left is what is remembered.
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(redisBytes() - before).isLessThan(2_000_000));
    Answer other =
        site.gateway()
            .reserve(0, sale, "modest", "k", "[{\"itemId\":\"a\",\"quantity\":1}]")
            .join();
    assertThat(other.status()).as("%s", other).isEqualTo(201);
  }

  @Test
  void forgedTokens() throws Exception {
    Replica tokens = identifiedByTokens("forged", signing());
    long before = heapKb(tokens);
    Map<Integer, Long> answers =
        RawHttp.flood(
            tokens.uri(),
            CONNECTIONS,
            ATTACK,
            () ->
                "POST /api/v1/coupons/any/claims HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                    + "Authorization: Bearer "
                    + base64("{\"alg\":\"RS256\"}")
                    + "."
                    + base64("{\"sub\":\"" + random(20) + "\"}")
                    + "."
                    + random(342)
                    + "\r\n\r\n");
    assertThat(answers.keySet()).as("%s", answers).containsExactlyInAnyOrder(401, 429);
    assertThat(answers.get(401)).as("verified").isLessThan(2_000);
    assertThat(heapKb(tokens) - before).as("kB of heap").isLessThan(HEAP_GROWTH_KB);
    assertThat(tokens.complaints()).isEmpty();
    tokens.kill();
  }

  /** Each was a stack trace in the log. Tokens of an issuer that is not ours, but is trusted. */
  @Test
  void groupsOfAnotherTypeAreNotInTheLog() throws Exception {
    KeyPair keys = signing();
    Replica tokens = identifiedByTokens("groups", keys);
    long now = System.currentTimeMillis() / 1_000;
    List<String> odd = new ArrayList<>();
    for (String groups : List.of("5", "true", "\"admin\"", "{\"a\":1}", "[5]", "[[\"admin\"]]")) {
      odd.add(
          signed(
              keys,
              "{\"iss\":\"%s\",\"aud\":\"firstcome\",\"sub\":\"a\",\"iat\":%d,\"exp\":%d,\"groups\":%s}"
                  .formatted(ISSUER, now, now + 600, groups)));
    }
    int logged = tokens.output().length();
    AtomicInteger next = new AtomicInteger();
    Map<Integer, Long> answers =
        RawHttp.flood(
            tokens.uri(),
            2,
            Duration.ofSeconds(2),
            () ->
                "GET /api/v1/me/coupons HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n"
                    .formatted(odd.get(next.getAndIncrement() % odd.size())));
    assertThat(answers).as("%s", answers).containsKey(401);
    assertThat(answers.keySet()).as("%s", answers).isSubsetOf(401, 429);
    assertThat(tokens.output().substring(logged)).doesNotContain("\tat ");
    assertThat(tokens.output().length() - logged).as("characters logged").isLessThan(20_000);
    tokens.kill();
  }

  private static KeyPair signing() throws GeneralSecurityException {
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    return rsa.generateKeyPair();
  }

  private static Replica identifiedByTokens(String as, KeyPair keys) {
    Map<String, String> settings = new HashMap<>();
    settings.put("firstcome.identity", "jwt");
    settings.put("firstcome.gateway.secrets", "");
    settings.put(
        "mp.jwt.verify.publickey",
        Base64.getEncoder().encodeToString(keys.getPublic().getEncoded()));
    settings.put("mp.jwt.verify.issuer", ISSUER);
    settings.put("mp.jwt.verify.audiences", "firstcome");
    settings.put("firstcome.limit.address.rate", "100");
    return site.launch(as, settings).awaitListening();
  }

  /** Manually, as no builder of tokens makes odd ones. */
  private static String signed(KeyPair keys, String claims) throws GeneralSecurityException {
    String token = base64("{\"alg\":\"RS256\"}") + "." + base64(claims);
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(keys.getPrivate());
    signature.update(token.getBytes(StandardCharsets.US_ASCII));
    return token + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
  }

  /** Sockets that say nothing, and such as announce a body that never comes. */
  @Test
  void silentSocketsDoNotStopUploads() throws Exception {
    String coupon = site.coupon(1, ",\"audience\":true");
    String users =
        IntStream.range(0, 10_000)
            .mapToObj(i -> "\"shopper-%05d-%s\"".formatted(i, "x".repeat(20)))
            .collect(Collectors.joining(",", "{\"users\":[", "]}"));
    String announced =
        "PUT /api/v1/coupons/%s/audience HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n"
            .formatted(coupon);
    withstands(
        () -> {
          List<AutoCloseable> silent = new ArrayList<>();
          for (int i = 0; i < 300; i++) {
            String said = i % 2 == 0 ? "" : announced;
            silent.add(RawHttp.open(replica.uri(), said.getBytes(StandardCharsets.US_ASCII)));
          }
          try {
            Answer added =
                site.gateway().operate(0, "PUT", "/coupons/" + coupon + "/audience", users);
            assertThat(added.status()).as("%s", added).isEqualTo(200);
          } finally {
            for (AutoCloseable socket : silent) {
              socket.close();
            }
          }
        });
  }

  /**
   * Each was held for as long as its body might have taken, 12 kB for 20 s, though it was there.
   */
  @Test
  void requestsAnsweredWithoutTheirBodiesAreNotKept() throws Exception {
    withstands(
        () -> {
          long before = heapKb(replica);
          Map<Integer, Long> answers =
              RawHttp.flood(
                  replica.uri(),
                  CONNECTIONS,
                  ATTACK.plus(ATTACK),
                  () -> "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
          assertThat(answers.keySet()).as("%s", answers).containsOnly(401);
          assertThat(heapKb(replica) - before).as("kB of heap").isLessThan(HEAP_GROWTH_KB);
        });
  }

  /** Those that hang up before the body is there, whether or not anybody waits for it. */
  @Test
  void requestsOfConnectionsThatHungUpAreNotKept() throws Exception {
    String identified =
        "X-Gateway-Secret: %s\r\nX-User-Id: mallory\r\nIdempotency-Key: k\r\n"
            .formatted(Site.SECRET);
    withstands(
        () -> {
          long before = heapKb(replica);
          for (String user : List.of("", identified)) {
            RawHttp.hangUps(
                replica.uri(),
                2_000,
                ("POST /api/v1/orders HTTP/1.1\r\nHost: x\r\n"
                        + user
                        + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
                    .getBytes(StandardCharsets.US_ASCII),
                false);
          }
          // Sooner than their bodies are given up: 40 MB would be kept until then.
          await()
              .atMost(Duration.ofSeconds(10))
              .untilAsserted(
                  () ->
                      assertThat(heapKb(replica) - before)
                          .as("kB of heap")
                          .isLessThan(HEAP_GROWTH_KB / 2));
        });
  }

  @Test
  void brokenChunksAreBadRequestsAndNotInTheLog() throws Exception {
    int logged = replica.output().length();
    withstands(
        () -> {
          Map<Integer, Long> answers =
              RawHttp.flood(
                  replica.uri(),
                  2,
                  Duration.ofSeconds(2),
                  () ->
                      "POST /api/v1/coupons HTTP/1.1\r\nHost: x\r\nX-Gateway-Secret: "
                          + Site.SECRET
                          + "\r\nX-User-Id: op\r\nX-User-Groups: admin\r\n"
                          + "Content-Type: application/json\r\n"
                          + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n");
          assertThat(answers.keySet()).as("%s", answers).containsOnly(400);
        });
    assertThat(replica.output().substring(logged)).doesNotContain("\tat ");
    assertThat(replica.output().length() - logged).as("characters logged").isLessThan(20_000);
  }

  /** Each was an error with a stack of 30 lines: 30 MB in 10 s. */
  @Test
  void watchersThatHangUpAreNotInTheLog() throws Exception {
    String watch = GET.formatted(site.coupon(1) + "/live");
    int logged = replica.output().length();
    withstands(
        () ->
            RawHttp.hangUps(replica.uri(), 1_000, watch.getBytes(StandardCharsets.US_ASCII), true));
    assertThat(replica.output().substring(logged)).doesNotContain("\tat ");
    assertThat(replica.output().length() - logged).as("characters logged").isLessThan(20_000);
  }

  /** Who makes a visitor for each request took 15,000 places in 10 s, each a row for good. */
  @Test
  void visitorsThatOneAddressMakesDoNotFillAQueue() throws Exception {
    operate(
        "/queues",
        "{\"id\":\"door\",\"name\":\"Door\",\"event\":\"door\",\"mode\":\"ROOM\",\"capacity\":1,"
            + "\"perSecond\":1}");
    String visit =
        "GET /api/v1/queues/door/visit?to=https://shop.example/ HTTP/1.1\r\nHost: x\r\n%s\r\n";
    String early = visit.formatted("Cookie: fc-visitor=" + "a".repeat(43) + "\r\n");
    assertThat(RawHttp.status(replica.uri(), early)).isEqualTo(303);
    withstands(
        () -> {
          Map<Integer, Long> answers =
              RawHttp.flood(replica.uri(), CONNECTIONS, ATTACK, () -> visit.formatted(""));
          assertThat(answers).as("answers").containsKey(429);
          assertThat(answers.getOrDefault(200, 0L) + answers.getOrDefault(303, 0L))
              .as("%s", answers)
              .isLessThan(NEW_VISITORS + 20 * (ATTACK.toSeconds() + 5) + CONNECTIONS);
          // Has a place, and is told so meanwhile.
          assertThat(RawHttp.status(replica.uri(), early)).isEqualTo(303);
        });
  }

  /**
   * Half a megabyte a page, for everybody: 1,500 connections that read none filled the heap, and
   * their queries kept the drain and all orders from MySQL for 14 s.
   */
  @Test
  void pagesOfADrawThatNobodyReadsTakeNeitherTheHeapNorMySql() throws Exception {
    String lottery = site.coupon(10, ",\"policy\":\"LOTTERY\"");
    for (int from = 0; from < ENTRIES; from += 100) {
      List<CompletableFuture<Answer>> entries =
          IntStream.range(from, from + 100)
              .mapToObj(user -> site.gateway().claim(0, lottery, "entrant-" + user))
              .toList();
      entries.forEach(entry -> assertThat(entry.join().status()).isEqualTo(202));
    }
    site.gateway().operate(0, "POST", "/coupons/" + lottery + "/close", "");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                site.servers()
                        .number(
                            "SELECT COUNT(*) FROM draw WHERE coupon_id = ? AND state = 'drawn'",
                            lottery)
                    == 1);
    byte[] requests =
        GET.formatted(lottery + "/draw?limit=" + ENTRIES)
            .repeat(12)
            .getBytes(StandardCharsets.US_ASCII);
    String secured = site.coupon(100_000, ",\"acknowledge\":\"DATABASE\"");
    withstands(
        () -> {
          long before = heapKb(replica);
          CompletableFuture<Void> attack =
              CompletableFuture.runAsync(
                  () -> {
                    try {
                      RawHttp.hold(replica.uri(), 300, requests, ATTACK.plus(ATTACK));
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  });
          long most = 0;
          for (int i = 0; !attack.isDone(); i++) {
            assertThat(RawHttp.claim(replica.uri(), secured, "s-" + i, Site.SECRET)).isEqualTo(201);
            most = Math.max(most, heapKb(replica) - before);
          }
          attack.join();
          assertThat(most).as("kB of heap").isLessThan(2 * HEAP_GROWTH_KB);
        });
  }

  private interface Attack {
    void run() throws Exception;
  }

  /** Claims go on meanwhile, in time and exactly; after it memory is about what it was. */
  private static void withstands(Attack attack) throws Exception {
    String coupon = site.coupon(100_000);
    long heap = heapKb(replica);
    long process = residentKb(replica);
    AtomicInteger claimed = new AtomicInteger();
    AtomicInteger over = new AtomicInteger();
    List<Long> nanos = new ArrayList<>();
    CompletableFuture<Void> shopping =
        CompletableFuture.runAsync(
            () -> {
              while (over.get() == 0) {
                long began = System.nanoTime();
                String user = "shopper-" + claimed.get();
                // A connection each, so that all event loops are asked.
                int status = RawHttp.claim(replica.uri(), coupon, user, Site.SECRET);
                nanos.add(System.nanoTime() - began);
                assertThat(status).isEqualTo(201);
                claimed.incrementAndGet();
              }
            },
            task -> new Thread(task, "shopper").start());
    try {
      attack.run();
      LockSupport.parkNanos(AFTERMATH.toNanos());
    } finally {
      over.set(1);
    }
    shopping.get();
    long longest = nanos.stream().mapToLong(Long::longValue).max().orElse(0) / 1_000_000;
    System.out.printf(
        "Attack: %d claims meanwhile, the longest took %d ms; heap %+d kB, process %+d kB%n",
        claimed.get(), longest, heapKb(replica) - heap, residentKb(replica) - process);
    assertThat(longest).as("ms of the longest claim").isLessThan(LONGEST_CLAIM.toMillis());
    assertThat(replica.isRunning()).isTrue();
    // Connections of the attack may end a little later.
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(heapKb(replica) - heap).as("kB of heap").isLessThan(HEAP_GROWTH_KB));
    assertThat(residentKb(replica) - process).as("kB resident").isLessThan(PROCESS_GROWTH_KB);
    Audit.stores(site.servers(), coupon, claimed.get());
  }

  private static final Pattern USED = Pattern.compile("(?i)(?:def ?new|tenured)\\b.*used (\\d+)K");

  /** What is reachable. */
  private static long heapKb(Replica of) {
    jcmd(of, "GC.run");
    Matcher used = USED.matcher(jcmd(of, "GC.heap_info"));
    long kb = 0;
    while (used.find()) {
      kb += Long.parseLong(used.group(1));
    }
    assertThat(kb).as("kB of the heap").isPositive();
    return kb;
  }

  private static String jcmd(Replica of, String command) {
    try {
      Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
      Process process =
          new ProcessBuilder(jcmd.toString(), String.valueOf(of.pid()), command)
              .redirectErrorStream(true)
              .start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long residentKb(Replica of) {
    try {
      String status = Files.readString(Path.of("/proc", String.valueOf(of.pid()), "status"));
      return Long.parseLong(status.replaceFirst("(?s).*VmRSS:\\s+(\\d+) kB.*", "$1"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long redisBytes() {
    return site.servers().redisBytes();
  }

  private static String metrics() {
    return site.gateway().manage(0, "/q/metrics").body();
  }

  private static void operate(String path, String body) {
    Answer answer = site.gateway().operate(0, "POST", path, body);
    assertThat(answer.status()).as("%s", answer).isEqualTo(201);
  }

  private static String random(int length) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append((char) ('A' + random.nextInt(26)));
    }
    return text.toString();
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A client's preface (RFC 9113), and HEADERS of so many streams that do not end. */
  private static byte[] streams(int number) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    frame(out, 0x4, 0, 0, new byte[0]);
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    // HPACK: POST, http, then path and authority as literals of the names in the static table.
    block.write(new byte[] {(byte) 0x83, (byte) 0x86, 0x04, 16});
    block.write("/api/v1/coupons/".getBytes(StandardCharsets.US_ASCII));
    block.write(new byte[] {0x01, 1, 'x'});
    for (int i = 0; i < number; i++) {
      frame(out, 0x1, 0x4, 2 * i + 1, block.toByteArray());
    }
    return bytes.toByteArray();
  }

  private static void frame(DataOutputStream out, int type, int flags, int stream, byte[] payload)
      throws IOException {
    out.writeByte(payload.length >> 16);
    out.writeShort(payload.length);
    out.writeByte(type);
    out.writeByte(flags);
    out.writeInt(stream);
    out.write(payload);
  }
}
