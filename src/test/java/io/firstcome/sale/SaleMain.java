package io.firstcome.sale;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Fires a sale at replicas that are running, from a process of its own, and says what came of it:
 *
 * <pre>{@code
 * ./mvnw test-compile
 * java -cp target/test-classes io.firstcome.sale.SaleMain http://localhost:8080 demo 20000 128
 * }</pre>
 *
 * Replicas must run with {@code firstcome.identity=header}, as in dev mode; several are separated
 * by commas. Where they want a gateway's secret, it is read from the environment: {@code
 * GATEWAY_SECRET}. Every user who is answered 503, or not at all, asks again.
 */
public final class SaleMain {
  private static final Duration AT_MOST = Duration.ofMinutes(10);

  private SaleMain() {}

  /**
   * Exits with 1 where somebody was not answered, or answered as nobody should be.
   *
   * @param args base URLs, coupon id, number of users, requests in flight
   */
  public static void main(String[] args) throws InterruptedException {
    if (args.length != 4) {
      System.err.println("usage: SaleMain <url>[,<url>...] <coupon> <users> <in flight>");
      System.exit(2);
    }
    List<URI> replicas = Arrays.stream(args[0].split(",")).map(URI::create).toList();
    String secret = System.getenv().getOrDefault("GATEWAY_SECRET", "");
    Sale sale =
        new Sale(
            new Gateway(replicas, secret),
            args[1],
            Integer.parseInt(args[2]),
            Integer.parseInt(args[3]));
    long began = System.nanoTime();
    sale.start().letAllIn();
    boolean ended = sale.awaitEnd(AT_MOST);
    report(sale, (System.nanoTime() - began) / 1e9);
    System.exit(ended && sale.surprises().isEmpty() ? 0 : 1);
  }

  private static void report(Sale sale, double seconds) {
    long[] latencies = sale.latencyNanos();
    long[] sequences = sale.held().values().stream().mapToLong(Holding::sequence).toArray();
    System.out.printf("users answered   %d%n", sale.answered());
    sale.answers().forEach((label, count) -> System.out.printf("%-16s %d%n", label, count));
    System.out.printf("claims           %d%n", sequences.length);
    System.out.printf(
        "sequences        %d distinct, %d to %d%n",
        LongStream.of(sequences).distinct().count(),
        LongStream.of(sequences).min().orElse(0),
        LongStream.of(sequences).max().orElse(0));
    System.out.printf("seconds          %.2f%n", seconds);
    System.out.printf("answers/s        %.0f%n", latencies.length / seconds);
    System.out.printf("p50              %.1f ms%n", percentileMillis(latencies, 50));
    System.out.printf("p99              %.1f ms%n", percentileMillis(latencies, 99));
    sale.surprises().forEach(surprise -> System.out.println("unexpected: " + surprise));
  }

  private static double percentileMillis(long[] sorted, int percent) {
    if (sorted.length == 0) {
      return 0;
    }
    int rank = (int) Math.ceil(sorted.length * percent / 100.0);
    return sorted[rank - 1] / 1e6;
  }
}
