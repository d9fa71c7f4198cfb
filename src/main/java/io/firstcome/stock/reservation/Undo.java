package io.firstcome.stock.reservation;

import io.firstcome.http.input.PlainText;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Why a confirmation is undone. */
@Schema(name = "UndoReservation", description = "Why the confirmation is undone")
record Undo(
    @NotBlank
        @Size(max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(description = "Kept in the history", examples = "Refunded: wrong size")
        String reason) {}
