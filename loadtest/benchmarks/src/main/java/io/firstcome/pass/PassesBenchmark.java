package io.firstcome.pass;

import io.firstcome.loadtest.NanosPerCall;
import io.firstcome.metrics.CouponLabels;
import io.firstcome.pass.PassConfig.Algorithm;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.List;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.lang.JoseException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;

/**
 * What the check of a pass costs: of one that was verified before, as many are known as there is
 * room for, and of one that was not; next to the signature of a user's token (RS256, 2,048 bits).
 */
public class PassesBenchmark extends NanosPerCall {

  private static final int KNOWN = 50_000;

  private final Passes remembers =
      new Passes(
          secrets(),
          Algorithm.HS256,
          Duration.ofHours(1),
          KNOWN,
          new CouponLabels(1),
          new SimpleMeterRegistry());
  private final SignedTokens hmac = tokens(Algorithm.HS256);
  private final SignedTokens ed25519 = tokens(Algorithm.EDDSA);
  private final byte[][] tokens = new byte[KNOWN][];
  private byte[] signedByKey;
  private byte[] jwt;
  private KeyPair issuer;
  private int next;

  private static PassSecrets secrets() {
    return new PassSecrets(List.of("k1:" + "s".repeat(32)));
  }

  private static SignedTokens tokens(Algorithm algorithm) {
    return new SignedTokens(secrets(), TokenKind.PASS, algorithm);
  }

  @Setup
  public void fill() throws GeneralSecurityException, JoseException {
    for (int i = 0; i < KNOWN; i++) {
      String user = user(i);
      String token = remembers.issue(user, "door", List.of(), null).token();
      tokens[i] = token.getBytes(StandardCharsets.ISO_8859_1);
      remembers.refusal(token, "door", "summer", user);
    }
    Pass pass = remembers.issue(user(0), "door", List.of(), null).pass();
    signedByKey = ed25519.sign(pass.claims(1)).getBytes(StandardCharsets.ISO_8859_1);
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2_048);
    issuer = generator.generateKeyPair();
    JsonWebSignature jws = new JsonWebSignature();
    jws.setAlgorithmHeaderValue("RS256");
    jws.setPayload(pass.claims(1));
    jws.setKey(issuer.getPrivate());
    jwt = jws.getCompactSerialization().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String user(int i) {
    return "00000000-0000-4000-8000-%012d".formatted(i);
  }

  private static String text(byte[] token) {
    return new String(token, StandardCharsets.ISO_8859_1);
  }

  @Benchmark
  public PassRefusal known() {
    next = next + 1 == KNOWN ? 0 : next + 1;
    PassRefusal why = remembers.refusal(text(tokens[next]), "door", "summer", null);
    if (why != null) {
      throw new IllegalStateException("A pass was forgotten");
    }
    return why;
  }

  @Benchmark
  public Pass firstByHmac() {
    return Pass.of(hmac.verify(text(tokens[0])));
  }

  @Benchmark
  public Pass firstByEd25519() {
    return Pass.of(ed25519.verify(text(signedByKey)));
  }

  @Benchmark
  public boolean signatureOfAToken() throws JoseException {
    JsonWebSignature jws = new JsonWebSignature();
    jws.setCompactSerialization(text(jwt));
    jws.setKey(issuer.getPublic());
    return jws.verifySignature();
  }

  @Benchmark
  public String issueByHmac() {
    return remembers.issue("alice", "door", List.of(), null).token();
  }
}
