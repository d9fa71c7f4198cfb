package io.firstcome.loadtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Bearer tokens (RS256, 2,048 bits), and the settings with which the service accepts them. */
final class Tokens {
  /** Signing one takes the better part of a millisecond; each claims many coupons. */
  static final int USERS = 4_096;

  private static final String ISSUER = "https://issuer.example";
  private static final String AUDIENCE = "firstcome";
  private static final int VALID_SECONDS = 6 * 3600;

  private final KeyPair keys;
  private final Path file;

  Tokens(Path file) {
    this.file = file;
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      keys = generator.generateKeyPair();
      List<String> tokens =
          IntStream.range(0, USERS)
              .parallel()
              .mapToObj(i -> token(String.valueOf(1_000_000_000L + i), ""))
              .toList();
      Files.createDirectories(file.getParent());
      Files.write(file, tokens);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One a line. */
  Path file() {
    return file;
  }

  String ofOperator() {
    return token("operator", ",\"groups\":[\"admin\"]");
  }

  Map<String, String> settings() {
    return Map.of(
        "firstcome.identity",
        "jwt",
        "mp.jwt.verify.publickey",
        Base64.getEncoder().encodeToString(keys.getPublic().getEncoded()),
        "mp.jwt.verify.issuer",
        ISSUER,
        "mp.jwt.verify.audiences",
        AUDIENCE);
  }

  private String token(String user, String more) {
    long now = Instant.now().getEpochSecond();
    String header = encoded("{\"alg\":\"RS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8));
    String claims =
        """
        {"iss":"%s","aud":"%s","sub":"%s","iat":%d,"exp":%d,"jti":"%s"%s}"""
            .formatted(ISSUER, AUDIENCE, user, now, now + VALID_SECONDS, user, more);
    String signed = header + "." + encoded(claims.getBytes(StandardCharsets.UTF_8));
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(keys.getPrivate());
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + encoded(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
