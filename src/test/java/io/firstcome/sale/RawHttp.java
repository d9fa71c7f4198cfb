package io.firstcome.sale;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** HTTP/1.1 by hand, as no client sends it. */
final class RawHttp {
  private static final int TIMEOUT_MILLIS = 20_000;

  private RawHttp() {}

  /**
   * Sends requests one after the other on each of some connections, which are opened again where
   * they are closed.
   *
   * @return how often each status was answered; 0 is a connection closed without one
   */
  static Map<Integer, Long> flood(
      URI service, int connections, Duration duration, Supplier<String> request) {
    long deadline = System.nanoTime() + duration.toNanos();
    Map<Integer, Long> answers = new ConcurrentHashMap<>();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      all.add(
          CompletableFuture.runAsync(
              () -> {
                while (System.nanoTime() - deadline < 0) {
                  connection(service, deadline, request, answers);
                }
              },
              task -> new Thread(task, "attacker").start()));
    }
    all.forEach(CompletableFuture::join);
    System.out.println("Attack: " + new TreeMap<>(answers));
    return answers;
  }

  private static void connection(
      URI service, long deadline, Supplier<String> request, Map<Integer, Long> answers) {
    try (Socket socket = connect(service)) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      boolean open = true;
      while (open && System.nanoTime() - deadline < 0) {
        Head head;
        try {
          socket.getOutputStream().write(request.get().getBytes(StandardCharsets.ISO_8859_1));
          head = Head.read(in);
        } catch (SocketTimeoutException e) {
          throw e;
        } catch (IOException e) {
          // Closed while we sent: an answer may be lost with it.
          return;
        }
        answers.merge(head.status, 1L, Long::sum);
        in.skipNBytes(head.length);
        open = head.status != 0 && !head.closes;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Claims on a connection of its own; the status. */
  static int claim(URI service, String coupon, String user, String secret) {
    return status(
        service,
        ("POST /api/v1/coupons/%s/claims HTTP/1.1\r\nHost: x\r\nX-Gateway-Secret: %s\r\n"
                + "X-User-Id: %s\r\nContent-Length: 0\r\n\r\n")
            .formatted(coupon, secret, user));
  }

  /** The status of a request on a connection of its own. */
  static int status(URI service, String request) {
    try (Socket socket = connect(service)) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return Head.read(socket.getInputStream()).status;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends this for so long at most, or until the other side has had enough, and hangs up. */
  static void write(URI service, byte[] bytes, Duration atMost) throws IOException {
    hold(service, 1, bytes, Duration.ZERO, atMost);
  }

  /** Sends this on each of some connections and reads nothing; hangs up after so long. */
  static void hold(URI service, int connections, byte[] bytes, Duration duration)
      throws IOException {
    hold(service, connections, bytes, duration, duration);
  }

  private static void hold(
      URI service, int connections, byte[] bytes, Duration atLeast, Duration atMost)
      throws IOException {
    long began = System.nanoTime();
    List<Socket> sockets = new ArrayList<>();
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    try {
      for (int i = 0; i < connections; i++) {
        Socket socket = connect(service);
        sockets.add(socket);
        writers.add(
            CompletableFuture.runAsync(
                () -> {
                  try {
                    socket.getOutputStream().write(bytes);
                  } catch (IOException e) {
                    // Closed, by either side.
                  }
                },
                task -> new Thread(task, "attacker").start()));
      }
      CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new))
          .completeOnTimeout(null, atMost.toMillis(), TimeUnit.MILLISECONDS)
          .join();
      long left = atLeast.toNanos() - (System.nanoTime() - began);
      if (left > 0) {
        LockSupport.parkNanos(left);
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  /**
   * Sends this on so many connections, one after the other, and hangs up on each, at once or when
   * the answer has begun.
   */
  static void hangUps(URI service, int connections, byte[] bytes, boolean answered)
      throws IOException {
    for (int i = 0; i < connections; i++) {
      try (Socket socket = connect(service)) {
        socket.getOutputStream().write(bytes);
        if (answered) {
          socket.getInputStream().read();
        }
      }
    }
  }

  /** A connection on which this was said. */
  static Socket open(URI service, byte[] said) throws IOException {
    Socket socket = connect(service);
    socket.getOutputStream().write(said);
    return socket;
  }

  private static Socket connect(URI service) throws IOException {
    Socket socket = new Socket(service.getHost(), service.getPort());
    socket.setSoTimeout(TIMEOUT_MILLIS);
    return socket;
  }

  /**
   * What an answer begins with.
   *
   * @param status 0 where the connection was closed
   * @param length of the body
   */
  private record Head(int status, long length, boolean closes) {

    static Head read(InputStream in) throws IOException {
      StringBuilder text = new StringBuilder();
      while (text.indexOf("\r\n\r\n") < 0) {
        int next = in.read();
        if (next < 0) {
          return new Head(0, 0, true);
        }
        text.append((char) next);
      }
      long length = 0;
      boolean closes = false;
      String[] lines = text.toString().toLowerCase(Locale.ROOT).split("\r\n");
      for (String line : lines) {
        if (line.startsWith("content-length:")) {
          length = Long.parseLong(line.substring(line.indexOf(':') + 1).strip());
        }
        closes |= line.matches("connection:\\s*close");
      }
      return new Head(Integer.parseInt(lines[0].split(" ")[1]), length, closes);
    }
  }
}
