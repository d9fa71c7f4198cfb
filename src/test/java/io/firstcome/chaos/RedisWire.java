package io.firstcome.chaos;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One command to one server on a connection of its own, within a time: what looks at servers that
 * are killed and frozen must not depend on a pool that remembers them.
 */
final class RedisWire {
  private RedisWire() {}

  /**
   * Sends a command past every proxy.
   *
   * @return the reply: text, {@link Long}, list, or null
   * @throws IOException if there is none in time, or it is an error
   */
  static Object send(int port, int timeoutMillis, String... command) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(timeoutMillis);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), timeoutMillis);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.writeBytes(("*" + command.length + "\r\n").getBytes(StandardCharsets.UTF_8));
      for (String word : command) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        out.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.UTF_8));
        out.writeBytes(bytes);
        out.writeBytes(new byte[] {'\r', '\n'});
      }
      socket.getOutputStream().write(out.toByteArray());
      return reply(new BufferedInputStream(socket.getInputStream()));
    }
  }

  private static Object reply(InputStream in) throws IOException {
    String line = line(in);
    String rest = line.substring(1);
    switch (line.charAt(0)) {
      case '+':
        return rest;
      case ':':
        return Long.parseLong(rest);
      case '$':
        int length = Integer.parseInt(rest);
        if (length < 0) {
          return null;
        }
        String text = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        in.skipNBytes(2);
        return text;
      case '*':
        List<Object> list = new ArrayList<>();
        for (int i = Integer.parseInt(rest); i > 0; i--) {
          list.add(reply(in));
        }
        return list;
      default:
        throw new IOException(line);
    }
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\r'; b = in.read()) {
      if (b < 0) {
        throw new IOException("the server has ended the connection");
      }
      line.write(b);
    }
    in.skipNBytes(1);
    return line.toString(StandardCharsets.UTF_8);
  }
}
