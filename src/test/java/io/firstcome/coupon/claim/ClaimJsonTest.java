package io.firstcome.coupon.claim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.firstcome.coupon.model.Claim;
import io.firstcome.http.input.JsonRules;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClaimJsonTest {

  private static final Instant ISSUED_AT = Instant.parse("2026-07-01T10:00:00.000123Z");

  private final ObjectMapper jackson = new ObjectMapper().registerModule(new JavaTimeModule());
  private final ClaimJson json = new ClaimJson();

  {
    new JsonRules().customize(jackson);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"alice", "\"", "\\", "\\\"", "al\"i\\ce\\\\", "!#$%&'()*+,-./:;<=>?@[]^_`{|}~"})
  void everyUserIsWrittenAsJacksonDoes(String userId) throws JsonProcessingException {
    assertAlike(new Claim("summer-2026", userId, 1, ISSUED_AT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"2026-07-01T10:00:00Z", "2026-07-01T10:00:00.120Z", "2026-07-01T10:00:00.000001Z"})
  void everyInstantIsWrittenAsJacksonDoes(String issuedAt) throws JsonProcessingException {
    assertAlike(new Claim("summer-2026", "alice", Long.MAX_VALUE, Instant.parse(issuedAt)));
  }

  @Test
  void theInstantOfTheBatchBeforeIsForgotten() throws JsonProcessingException {
    assertAlike(new Claim("summer-2026", "alice", 1, ISSUED_AT));
    assertAlike(new Claim("summer-2026", "bob", 2, ISSUED_AT));
    assertAlike(new Claim("summer-2026", "carol", 3, ISSUED_AT.plusMillis(1)));
    assertAlike(new Claim("summer-2026", "dave", 4, ISSUED_AT));
  }

  private void assertAlike(Claim claim) throws JsonProcessingException {
    assertThat(new String(json.of(claim), UTF_8)).isEqualTo(jackson.writeValueAsString(claim));
  }
}
