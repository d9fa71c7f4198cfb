package io.firstcome.stock.reservation;

import io.firstcome.http.input.PlainText;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Why a confirmation is undone. Not a record: one that is made of a single text would be read from
 * a body of {@code text/plain} too.
 */
@Schema(name = "UndoReservation", description = "Why the confirmation is undone")
final class Undo {

  @NotBlank
  @Size(max = PlainText.MAX_LENGTH)
  @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
  @Schema(description = "Kept in the history", examples = "Refunded: wrong size")
  public String reason;
}
