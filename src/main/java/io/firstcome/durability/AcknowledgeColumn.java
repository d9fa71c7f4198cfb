package io.firstcome.durability;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;

/** A level as it is stored, in lower case. */
@Converter
public final class AcknowledgeColumn implements AttributeConverter<Acknowledge, String> {

  @Override
  public String convertToDatabaseColumn(Acknowledge level) {
    return level.stored();
  }

  @Override
  public Acknowledge convertToEntityAttribute(String stored) {
    return Acknowledge.ofStored(stored);
  }
}
