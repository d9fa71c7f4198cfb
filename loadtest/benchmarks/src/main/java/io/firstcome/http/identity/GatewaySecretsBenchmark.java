package io.firstcome.http.identity;

import io.firstcome.loadtest.NanosPerCall;
import io.quarkus.runtime.LaunchMode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;

/**
 * What the gateway's secret costs a request, two of them accepted; and what it would if digests
 * were compared, which hides the length of a secret too.
 */
public class GatewaySecretsBenchmark extends NanosPerCall {

  private static final String NEW = "a-secret-of-32-characters--new--";
  private static final String OLD = "a-secret-of-32-characters--old--";
  private static final String WRONG = "a-secret-of-32-characters--none-";

  private final GatewaySecrets secrets = GatewaySecrets.of(List.of(NEW, OLD), LaunchMode.NORMAL);
  private byte[] newDigest;
  private byte[] oldDigest;

  @Setup
  public void digest() throws NoSuchAlgorithmException {
    newDigest = sha256(NEW);
    oldDigest = sha256(OLD);
    if (!secrets.accept(NEW) || !acceptDigest(OLD) || secrets.accept(WRONG)) {
      throw new IllegalStateException("The secrets are not accepted as they should be");
    }
  }

  @Benchmark
  public boolean right() {
    return secrets.accept(NEW);
  }

  @Benchmark
  public boolean wrong() {
    return secrets.accept(WRONG);
  }

  @Benchmark
  public boolean rightByDigest() throws NoSuchAlgorithmException {
    return acceptDigest(NEW);
  }

  private boolean acceptDigest(String presented) throws NoSuchAlgorithmException {
    byte[] digest = sha256(presented);
    return MessageDigest.isEqual(newDigest, digest) | MessageDigest.isEqual(oldDigest, digest);
  }

  private static byte[] sha256(String text) throws NoSuchAlgorithmException {
    return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
  }
}
