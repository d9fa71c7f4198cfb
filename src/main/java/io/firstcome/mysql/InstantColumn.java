package io.firstcome.mysql;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;
import java.time.Instant;
import java.time.LocalDateTime;

/** An instant as DATETIME(6) in UTC. */
@Converter
public final class InstantColumn implements AttributeConverter<Instant, LocalDateTime> {

  @Override
  public LocalDateTime convertToDatabaseColumn(Instant instant) {
    return Micros.toDateTime(instant);
  }

  @Override
  public Instant convertToEntityAttribute(LocalDateTime dateTime) {
    return Micros.toInstant(dateTime);
  }
}
