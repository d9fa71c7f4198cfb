package io.firstcome.lifecycle;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;

/** A status as MySQL keeps it. */
@Converter
public final class StatusColumn implements AttributeConverter<Status, String> {

  @Override
  public String convertToDatabaseColumn(Status status) {
    return status.stored();
  }

  @Override
  public Status convertToEntityAttribute(String stored) {
    return Status.ofStored(stored);
  }
}
