package io.firstcome.stock.reservation;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.firstcome.ledger.InstantText;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.stock.model.ReservationRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests and answers of reservations as JSON, by hand: the same as Jackson reads and writes by
 * its rules here, at a fraction of its cost. What is not plain is left to Jackson.
 */
final class ReservationJson {

  private static final JsonFactory FACTORY = new JsonFactory();

  private static final InstantText EXPIRES_AT = new InstantText();
  private static final InstantText SERVER_TIME = new InstantText();

  private ReservationJson() {}

  /** The request, or null where it is not plain: Jackson tells what it is, or what is wrong. */
  static NewReservation read(byte[] json) {
    try (JsonParser parser = FACTORY.createParser(json)) {
      return parser.nextToken() == JsonToken.START_OBJECT ? read(parser) : null;
    } catch (IOException e) {
      return null;
    }
  }

  private static NewReservation read(JsonParser parser) throws IOException {
    List<NewReservation.Item> items = null;
    ReservationRequest.Mode mode = null;
    Long ttlSeconds = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (name.equals("items") && items == null && value == JsonToken.START_ARRAY) {
        items = items(parser);
        if (items == null) {
          return null;
        }
      } else if (name.equals("mode") && mode == null && value == JsonToken.VALUE_STRING) {
        mode = mode(parser.getText());
        if (mode == null) {
          return null;
        }
      } else if (name.equals("ttlSeconds")
          && ttlSeconds == null
          && value == JsonToken.VALUE_NUMBER_INT) {
        ttlSeconds = parser.getLongValue();
      } else {
        return null;
      }
    }
    boolean whole = parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null;
    return whole ? new NewReservation(items, mode, ttlSeconds) : null;
  }

  private static List<NewReservation.Item> items(JsonParser parser) throws IOException {
    List<NewReservation.Item> items = new ArrayList<>(1);
    while (parser.nextToken() == JsonToken.START_OBJECT) {
      String itemId = null;
      Long quantity = null;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (name.equals("itemId") && itemId == null && value == JsonToken.VALUE_STRING) {
          itemId = parser.getText();
        } else if (name.equals("quantity")
            && quantity == null
            && value == JsonToken.VALUE_NUMBER_INT) {
          quantity = parser.getLongValue();
        } else {
          return null;
        }
      }
      if (parser.currentToken() != JsonToken.END_OBJECT
          || items.size() > NewReservation.MAX_ITEMS) {
        return null;
      }
      items.add(new NewReservation.Item(itemId, quantity));
    }
    return parser.currentToken() == JsonToken.END_ARRAY ? items : null;
  }

  private static ReservationRequest.Mode mode(String name) {
    for (ReservationRequest.Mode mode : ReservationRequest.Mode.values()) {
      if (mode.name().equals(name)) {
        return mode;
      }
    }
    return null;
  }

  /** A reservation as {@link ReservationView} is written. No id has a character to be escaped. */
  static byte[] of(Reservation reservation) {
    StringBuilder json = new StringBuilder(256);
    json.append("{\"id\":\"").append(reservation.id());
    json.append("\",\"status\":\"").append(reservation.status());
    json.append("\",\"expiresAt\":\"").append(EXPIRES_AT.of(reservation.expiresAt()));
    json.append("\",\"lines\":[");
    List<ReservationLine> lines = reservation.lines();
    for (int i = 0; i < lines.size(); i++) {
      ReservationLine line = lines.get(i);
      json.append(i == 0 ? "" : ",").append("{\"itemId\":\"").append(line.itemId());
      json.append("\",\"requested\":").append(line.requested());
      json.append(",\"granted\":").append(line.granted()).append(",\"reason\":");
      if (line.reason() == null) {
        json.append("null}");
      } else {
        json.append('"').append(line.reason()).append("\"}");
      }
    }
    json.append("],\"serverTime\":\"").append(SERVER_TIME.of(reservation.serverTime()));
    return json.append("\"}").toString().getBytes(StandardCharsets.US_ASCII);
  }
}
