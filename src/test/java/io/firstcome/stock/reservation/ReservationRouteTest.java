package io.firstcome.stock.reservation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.stock.SaleApi;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.ReservationIds;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.stock.model.Strategy;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The short way and the long way of a reservation give the same answers. */
@QuarkusTest
class ReservationRouteTest {

  /** JAX-RS takes it, and the short way does not. */
  private static final String LONG_WAY = "application/json, */*;q=0.9";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"items\":[{\"itemId\":\"a\",\"quantity\":2}],\"ttlSeconds\":600}",
        "{\"items\":[{\"itemId\":\"a\",\"quantity\":9}]}",
        "{\"items\":[{\"itemId\":\"a\",\"quantity\":9}],\"mode\":\"PARTIAL\"}",
        "{\"items\":[{\"itemId\":\"nothing\",\"quantity\":1}]}",
        "{\"items\":[{\"itemId\":\"a\",\"quantity\":0}]}",
        "{\"items\":[{\"itemId\":\"a\",\"quantity\":\"1\"}]}",
        "{\"items\":[{\"itemId\":\"a\",\"quantity\":1,\"quantity\":1}]}",
        "{\"items\":[{\"itemId\":\"a\",\"quantity\":99999999999999999999}]}",
        "{\"items\":[{\"itemId\":\"a\",\"quantity\":1}]} more",
        "{\"items\":[{\"itemId\":\"a\",\"quantity\":1}],\"colour\":\"red\"}",
        "{\"items\":[],\"ttlSeconds\":0}",
        "null",
        "{",
        "[]"
      })
  void bothWaysAnswerTheSame(String body) {
    String sale = SaleApi.sale(5);
    String other = SaleApi.sale(5);

    Response shortWay = ask(SaleApi.as("alice"), sale, body);
    Response longWay = ask(SaleApi.as("alice").accept(LONG_WAY), other, body);

    assertThat(shortWay.statusCode()).isEqualTo(longWay.statusCode());
    assertThat(shortWay.contentType()).isEqualTo(longWay.contentType());
    assertThat(comparable(shortWay)).isEqualTo(comparable(longWay));
    assertThat(shortWay.header("Location") == null).isEqualTo(longWay.header("Location") == null);
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo(SaleApi.numbers(other, "a"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/html", "application/xml", "application/problem+json", ";;;"})
  void unitsWereHeldForWhoCouldNotBeAnswered(String accepted) {
    String sale = SaleApi.sale(5);

    Response answer =
        ask(
            SaleApi.as("alice").accept(accepted),
            sale,
            "{\"items\":[{\"itemId\":\"a\",\"quantity\":2}]}");

    Problems.is(answer.then(), ProblemType.NOT_ACCEPTABLE);
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo(SaleApi.numbers(SaleApi.sale(5), "a"));
  }

  private static Response ask(RequestSpecification as, String sale, String body) {
    return as.header("Idempotency-Key", "k").body(body).post(SaleApi.reservations(sale));
  }

  private static Map<String, Object> comparable(Response response) {
    Map<String, Object> members = response.jsonPath().getMap("$");
    members.keySet().removeAll(List.of("id", "expiresAt", "serverTime"));
    return members;
  }

  /** One may be told by the one way and again by the other. */
  @Test
  void theSameKeyIsTheSameOnBothWays() {
    String sale = SaleApi.sale(5);
    String body = "{\"items\":[{\"itemId\":\"a\",\"quantity\":2}]}";
    Response first = ask(SaleApi.as("alice"), sale, body);
    Response again = ask(SaleApi.as("alice").accept(LONG_WAY), sale, body);
    assertThat(again.path("id").toString()).isEqualTo(first.path("id"));
    Response third = ask(SaleApi.as("alice"), sale, body);
    for (Response replay : List.of(again, third)) {
      assertThat(replay.jsonPath().getList("lines")).isEqualTo(first.jsonPath().getList("lines"));
    }
    assertThat(first.header("Idempotent-Replayed")).isNull();
    assertThat(again.header("Idempotent-Replayed")).isEqualTo("true");
    assertThat(third.header("Idempotent-Replayed")).isEqualTo("true");
  }

  @Test
  void aReservationIsWrittenAsJacksonWritesIt() throws Exception {
    Reservation reservation =
        new Reservation(
            "sale",
            ReservationIds.next(Strategy.HOT),
            "alice",
            Reservation.Status.HELD,
            Instant.parse("2026-07-01T10:00:00Z"),
            Instant.parse("2026-07-01T10:10:00.120Z"),
            List.of(
                ReservationLine.granted("a", 2),
                new ReservationLine("b", 2, 1, ReservationLine.Reason.INSUFFICIENT_STOCK)),
            Instant.parse("2026-07-01T10:00:00.000001Z"),
            false);
    JsonMapper mapper =
        JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();
    assertThat(new String(ReservationJson.of(reservation), StandardCharsets.US_ASCII))
        .isEqualTo(mapper.writeValueAsString(ReservationView.of(reservation)));
  }
}
