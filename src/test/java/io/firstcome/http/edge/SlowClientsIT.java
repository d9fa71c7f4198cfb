package io.firstcome.http.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusIntegrationTest;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Tag;

/** The same against the executable. */
@QuarkusIntegrationTest
@Tag("native")
class SlowClientsIT extends SlowClientsTest {

  /**
   * The executable ends the handshake without a protocol instead: what the client sends then is no
   * HTTP/1.1, and its connection is closed.
   */
  @Override
  void ofHttp2Alone(Callable<String> negotiated) throws Exception {
    try {
      assertThat(negotiated.call()).isNullOrEmpty();
    } catch (SSLException e) {
      // As on a JVM.
    }
  }
}
