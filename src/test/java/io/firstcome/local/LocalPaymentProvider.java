package io.firstcome.local;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A payment service for development, tests and benchmarks: it speaks what docs/payments.md
 * describes, keeps a book of what it was asked and what it moved, and misbehaves for those users
 * for whom it is told to.
 *
 * <p>{@code PUT /behaviours/<user>} takes words, one for each of the next requests of that user:
 * {@code decline}, {@code pending}, {@code fail-before} and {@code fail-after} (500, before and
 * after moving the money), {@code late} (answers after 5 s), {@code vanish} (moves it and closes
 * the connection). {@code GET /book/<payment>} answers {@code <asked> <moved>}.
 */
public final class LocalPaymentProvider {

  public static final String TOKEN = "token-of-the-payment-provider";
  public static final String CALLBACK_SECRET = "callback-secret-of-the-payment-provider";

  private static final long LATE_NANOS = 5_000_000_000L;
  private static final Pattern FIELD = Pattern.compile("\"(\\w+)\":\"?([^\",}]*)");

  private final Map<String, BlockingQueue<String>> behaviours = new ConcurrentHashMap<>();
  private final Map<String, Entry> book = new ConcurrentHashMap<>();
  private final HttpServer server;

  private static final class Entry {
    final AtomicInteger asked = new AtomicInteger();
    final AtomicInteger moved = new AtomicInteger();
  }

  private LocalPaymentProvider() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/payments", this::pay);
    server.createContext("/behaviours/", this::behave);
    server.createContext("/book/", this::tell);
    server.setExecutor(
        Executors.newCachedThreadPool(
            work -> {
              Thread thread = new Thread(work, "payment-provider");
              thread.setDaemon(true);
              return thread;
            }));
  }

  /** Starts one; it ends with the JVM. */
  public static LocalPaymentProvider start() throws IOException {
    LocalPaymentProvider provider = new LocalPaymentProvider();
    provider.server.start();
    return provider;
  }

  public String url() {
    return "http://localhost:" + server.getAddress().getPort();
  }

  private void pay(HttpExchange http) throws IOException {
    String body = new String(http.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String id = field(body, "paymentId");
    if (!("Bearer " + TOKEN).equals(http.getRequestHeaders().getFirst("Authorization"))) {
      answer(http, 401, "");
      return;
    }
    if (!id.equals(http.getRequestHeaders().getFirst("Idempotency-Key"))) {
      answer(http, 400, "");
      return;
    }
    Entry entry = book.computeIfAbsent(id, i -> new Entry());
    entry.asked.incrementAndGet();
    BlockingQueue<String> words = behaviours.get(field(body, "userId"));
    String word = words == null ? null : words.poll();
    switch (word == null ? "" : word) {
      case "decline" -> answer(http, 200, "{\"outcome\":\"DECLINED\",\"reason\":\"card-expired\"}");
      case "pending" -> answer(http, 200, "{\"outcome\":\"PENDING\"}");
      case "fail-before" -> answer(http, 500, "");
      case "fail-after" -> {
        entry.moved.compareAndSet(0, 1);
        answer(http, 500, "");
      }
      case "late" -> {
        entry.moved.compareAndSet(0, 1);
        LockSupport.parkNanos(LATE_NANOS);
        answer(http, 200, "{\"outcome\":\"SUCCEEDED\"}");
      }
      case "vanish" -> {
        entry.moved.compareAndSet(0, 1);
        http.close();
      }
      default -> {
        entry.moved.compareAndSet(0, 1);
        answer(http, 200, "{\"outcome\":\"SUCCEEDED\"}");
      }
    }
  }

  private void behave(HttpExchange http) throws IOException {
    String words = new String(http.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    behaviours.put(last(http), new LinkedBlockingQueue<>(Arrays.asList(words.split(" "))));
    answer(http, 204, null);
  }

  private void tell(HttpExchange http) throws IOException {
    Entry entry = book.getOrDefault(last(http), new Entry());
    answer(http, 200, entry.asked + " " + entry.moved);
  }

  private static String last(HttpExchange http) {
    String path = http.getRequestURI().getPath();
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static String field(String json, String name) {
    Matcher fields = FIELD.matcher(json);
    while (fields.find()) {
      if (fields.group(1).equals(name)) {
        return fields.group(2);
      }
    }
    return "";
  }

  private static void answer(HttpExchange http, int status, String body) throws IOException {
    if (body == null) {
      http.sendResponseHeaders(status, -1);
    } else {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      http.getResponseHeaders().set("Content-Type", "application/json");
      http.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
      http.getResponseBody().write(bytes);
    }
    http.close();
  }
}
