package io.firstcome.stock.script;

import io.firstcome.durability.AckTarget;
import io.firstcome.stock.model.Reservation;

/**
 * A reservation as Redis has it, and when that may be told.
 *
 * @param changes how often it has changed since it was made
 */
public record ReservationAnswer(Reservation reservation, int changes, AckTarget secured) {}
