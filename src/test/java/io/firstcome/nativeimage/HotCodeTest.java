package io.firstcome.nativeimage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A name that an upgrade moved is a slower executable, which nothing else would tell. */
class HotCodeTest {
  static Stream<String> packages() {
    return Stream.concat(HotCode.PACKAGE_TREES.stream(), HotCode.PACKAGES.stream());
  }

  static Stream<String> classes() {
    return HotCode.CLASSES.stream();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void everyPackageExists(String name) {
    boolean inAJar = getClass().getClassLoader().getResource(name.replace('.', '/')) != null;
    boolean inTheJdk =
        ModuleLayer.boot().modules().stream()
            .anyMatch(module -> module.getPackages().contains(name));
    assertThat(inAJar || inTheJdk).isTrue();
  }

  @ParameterizedTest
  @MethodSource("classes")
  void everyClassExists(String name) throws ClassNotFoundException {
    assertThat(Class.forName(name, false, null)).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "io.firstcome.decision.Lane.add(io.firstcome.decision.Pending)",
        "io.netty.channel.AbstractChannelHandlerContext.executor()",
        "io.vertx.core.http.impl.Http1xServerConnection.handleMessage(java.lang.Object)",
        "java.lang.String.charAt(int)",
        "java.util.TreeMap$KeyIterator.next()"
      })
  void whatAClaimPassesThroughIsHot(String method) {
    assertThat(HotCode.holds(method)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "io.firstcomeelse.Other.method()",
        "io.netty.channel.epoll.EpollEventLoop.run()",
        "io.vertx.core.http.impl.Http2ServerConnection.onHeadersRead(int)",
        "java.lang.String.<clinit>()",
        "java.util.stream.ReferencePipeline.map(java.util.function.Function)",
        "org.hibernate.Session.find(java.lang.Class)",
        "noPackage()"
      })
  void theRestIsNot(String method) {
    assertThat(HotCode.holds(method)).isFalse();
  }

  @Test
  void aMethodWithoutItsParametersIsTheSame() {
    assertThat(HotCode.holds("java.lang.String.charAt")).isTrue();
  }
}
