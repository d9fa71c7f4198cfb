package io.firstcome.nativeimage;

import java.util.List;
import java.util.Set;

/**
 * What a claim passes through, by name: HTTP, the route, the call to Redis, and what they use of
 * the JDK. Found by profiling the executable under load; where a list is too short a claim is
 * slower, where it is too long the executable is larger.
 */
final class HotCode {
  /** With all that is below them. */
  static final List<String> PACKAGE_TREES =
      List.of(
          "io.firstcome",
          "io.micrometer.core.instrument",
          "io.netty.buffer",
          "io.netty.handler.timeout",
          "io.netty.util",
          "io.quarkus.arc",
          "io.quarkus.micrometer.runtime.binder",
          "io.quarkus.resteasy.reactive.server.runtime",
          "io.quarkus.vertx.core.runtime",
          "io.quarkus.vertx.http.runtime",
          "io.quarkus.vertx.runtime",
          "io.smallrye.common.vertx",
          "io.smallrye.context",
          "io.vertx.core.impl.future",
          "io.vertx.ext.web.impl",
          "io.vertx.redis.client.impl",
          "org.jboss.resteasy.reactive.server.core",
          "org.jboss.resteasy.reactive.server.handlers",
          "org.jboss.resteasy.reactive.server.mapping",
          "org.jboss.resteasy.reactive.server.vertx");

  static final Set<String> PACKAGES =
      Set.of(
          "io.netty.channel",
          "io.netty.channel.nio",
          "io.netty.channel.socket.nio",
          "io.netty.handler.codec",
          "io.netty.handler.codec.http",
          "io.vertx.core.buffer",
          "io.vertx.core.buffer.impl",
          "io.vertx.core.http",
          "io.vertx.core.http.impl",
          "io.vertx.core.http.impl.headers",
          "io.vertx.core.impl",
          "io.vertx.core.impl.utils",
          "io.vertx.core.net.impl",
          "io.vertx.core.streams.impl",
          "org.jboss.resteasy.reactive.common.core",
          "org.jboss.resteasy.reactive.common.jaxrs",
          "org.jboss.resteasy.reactive.common.util",
          "org.jboss.resteasy.reactive.server.jaxrs",
          "org.jboss.resteasy.reactive.server.spi",
          "sun.nio.ch");

  /** With the classes inside them. */
  static final Set<String> CLASSES =
      Set.of(
          "java.lang.AbstractStringBuilder",
          "java.lang.Character",
          "java.lang.CharacterDataLatin1",
          "java.lang.Integer",
          "java.lang.Long",
          "java.lang.String",
          "java.lang.StringBuilder",
          "java.lang.StringLatin1",
          "java.lang.System",
          "java.lang.Thread",
          "java.lang.ThreadLocal",
          "java.net.URI",
          "java.nio.Buffer",
          "java.nio.ByteBuffer",
          "java.nio.DirectByteBuffer",
          "java.nio.HeapByteBuffer",
          "java.nio.MappedByteBuffer",
          "java.util.AbstractCollection",
          "java.util.AbstractList",
          "java.util.ArrayDeque",
          "java.util.ArrayList",
          "java.util.Arrays",
          "java.util.Collections",
          "java.util.HashMap",
          "java.util.IdentityHashMap",
          "java.util.LinkedHashMap",
          "java.util.LinkedList",
          "java.util.Objects",
          "java.util.TreeMap",
          "java.util.TreeSet",
          "java.util.regex.Matcher",
          "java.util.regex.Pattern",
          "java.util.concurrent.ConcurrentHashMap",
          "java.util.concurrent.ConcurrentLinkedQueue",
          "java.util.concurrent.atomic.AtomicIntegerFieldUpdater",
          "java.util.concurrent.atomic.AtomicReferenceArray",
          "java.util.concurrent.atomic.AtomicReferenceFieldUpdater",
          "java.util.concurrent.atomic.LongAdder",
          "java.util.concurrent.locks.AbstractQueuedSynchronizer",
          "java.util.concurrent.locks.ReentrantLock");

  /** In the names of methods of these packages that no request calls, or no claim. */
  private static final List<String> COLD =
      List.of(
          "<clinit>",
          "AccessLog",
          "CMImpl",
          "Certificate",
          "ClientConnection",
          "CompositeByteBuf",
          "Configuration",
          "Datagram",
          "DeploymentManager",
          "Diagnos",
          "Dns",
          "FileChannel",
          "FormAuth",
          "Http2",
          "HttpClient",
          "KeyStore",
          "LeakAware",
          "Multipart",
          "OptionsUtils",
          "SSL",
          "Ssl",
          "WebSocket",
          ".devmode.",
          ".selfextract");

  private HotCode() {}

  /**
   * @param method with its class, parameters or not: {@code java.lang.String.charAt(int)}
   */
  static boolean holds(String method) {
    int parameters = method.indexOf('(');
    String name = parameters < 0 ? method : method.substring(0, parameters);
    if (COLD.stream().anyMatch(name::contains)) {
      return false;
    }
    String type = name.substring(0, Math.max(0, name.lastIndexOf('.')));
    String inPackage = type.substring(0, Math.max(0, type.lastIndexOf('.')));
    int inner = type.indexOf('$');
    return PACKAGES.contains(inPackage)
        || CLASSES.contains(inner < 0 ? type : type.substring(0, inner))
        || PACKAGE_TREES.stream().anyMatch(tree -> name.startsWith(tree + "."));
  }
}
