package io.firstcome.loadtest;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One blocking connection to Redis that adds as little as can be to what is measured. Replies are
 * {@code Long}, {@code String}, {@code List} or null.
 */
final class Resp implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 60_000;

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  Resp(int port) {
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
      out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @throws IllegalStateException if Redis answers with an error
   */
  Object call(String... words) {
    return send(encoded(words));
  }

  long callLong(String... words) {
    Object reply = call(words);
    return reply == null ? 0 : Long.parseLong(reply.toString());
  }

  Object send(byte[] command) {
    try {
      out.write(command);
      out.flush();
      return reply();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends all at once, then reads their replies. */
  void sendAll(List<byte[]> commands) {
    try {
      for (byte[] command : commands) {
        out.write(command);
      }
      out.flush();
      for (int i = 0; i < commands.size(); i++) {
        reply();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next line of what Redis says by itself, after MONITOR. */
  String next() {
    try {
      return (String) reply();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] encoded(String... words) {
    StringBuilder command = new StringBuilder().append('*').append(words.length).append("\r\n");
    for (String word : words) {
      command.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return command.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private Object reply() throws IOException {
    String line = line();
    String rest = line.substring(1);
    switch (line.charAt(0)) {
      case ':':
        return Long.parseLong(rest);
      case '+':
        return rest;
      case '$':
        int length = Integer.parseInt(rest);
        if (length < 0) {
          return null;
        }
        byte[] bytes = in.readNBytes(length);
        in.skipNBytes(2);
        return new String(bytes, StandardCharsets.ISO_8859_1);
      case '*':
        int size = Integer.parseInt(rest);
        List<Object> list = new ArrayList<>(Math.max(0, size));
        for (int i = 0; i < size; i++) {
          list.add(reply());
        }
        return list;
      default:
        throw new IllegalStateException(line);
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\r'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("Redis closed the connection");
      }
      line.append((char) c);
    }
    in.skipNBytes(1);
    return line.toString();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
