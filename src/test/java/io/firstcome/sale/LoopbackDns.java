package io.firstcome.sale;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A name server that knows a few names, all of which are this machine. Only root may start it. */
final class LoopbackDns implements AutoCloseable {
  private static final String ADDRESS = "127.0.0.153";
  private static final int PORT = 53;
  private static final int HEADER_BYTES = 12;
  private static final short TYPE_A = 1;
  private static final byte[] ANSWER = {
    (byte) 0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1
  };

  private final DatagramSocket socket;
  private final Set<String> names;
  private final Set<String> asked = ConcurrentHashMap.newKeySet();

  private LoopbackDns(DatagramSocket socket, Set<String> names) {
    this.socket = socket;
    this.names = names;
  }

  static LoopbackDns start(String... names) throws IOException {
    LoopbackDns dns =
        new LoopbackDns(new DatagramSocket(PORT, InetAddress.getByName(ADDRESS)), Set.of(names));
    Thread thread = new Thread(dns::serve, "loopback-dns");
    thread.setDaemon(true);
    thread.start();
    return dns;
  }

  String address() {
    return ADDRESS;
  }

  /** The names that were asked for. */
  Set<String> asked() {
    return asked;
  }

  private void serve() {
    byte[] buffer = new byte[512];
    while (!socket.isClosed()) {
      try {
        DatagramPacket query = new DatagramPacket(buffer, buffer.length);
        socket.receive(query);
        byte[] reply = reply(ByteBuffer.wrap(buffer, 0, query.getLength()));
        socket.send(new DatagramPacket(reply, reply.length, query.getSocketAddress()));
      } catch (IOException e) {
        // Closed, or the asker has gone: it asks again.
      }
    }
  }

  /** The question, and after it the address where one is asked for and known. */
  private byte[] reply(ByteBuffer query) {
    StringBuilder name = new StringBuilder();
    query.position(HEADER_BYTES);
    for (int length = query.get(); length > 0; length = query.get()) {
      byte[] label = new byte[length];
      query.get(label);
      name.append(name.isEmpty() ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
    }
    short type = query.getShort();
    query.getShort();
    int end = query.position();
    asked.add(name.toString());
    boolean known = names.contains(name.toString());
    boolean answers = known && type == TYPE_A;

    ByteBuffer reply = ByteBuffer.allocate(end + (answers ? ANSWER.length : 0));
    reply.put(query.array(), 0, end);
    if (answers) {
      reply.put(ANSWER);
    }
    // A recursive answer; NXDOMAIN for what is unknown.
    reply.putShort(2, (short) (known ? 0x8180 : 0x8183));
    reply.putShort(4, (short) 1);
    reply.putShort(6, (short) (answers ? 1 : 0));
    reply.putInt(8, 0);
    return reply.array();
  }

  @Override
  public void close() {
    socket.close();
  }
}
