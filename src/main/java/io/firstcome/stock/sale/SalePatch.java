package io.firstcome.stock.sale;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.firstcome.http.input.NotRemovable;
import io.firstcome.http.input.PlainText;
import io.firstcome.http.input.RemovableInstant;
import io.firstcome.lifecycle.Lifecycle;
import io.firstcome.mysql.Micros;
import io.firstcome.stock.model.SaleDefinition;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What to change of a sale (RFC 7396): null removes an instant, and is refused elsewhere. */
@Schema(
    description =
        "The members to change; omitted members keep their value. null removes 'opensAt' and"
            + " 'closesAt' and is refused for 'name'.")
record SalePatch(
    @JsonDeserialize(using = NotRemovable.class)
        @Size(min = 1, max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.NOT_BLANK, message = PlainText.BLANK)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(examples = "Summer sale, extended")
        String name,
    @JsonDeserialize(using = RemovableInstant.class)
        @Schema(
            description = "null: the sale is open from now on",
            nullable = true,
            examples = "2026-07-01T10:00:00Z")
        Instant opensAt,
    @JsonDeserialize(using = RemovableInstant.class)
        @Schema(
            description = "null: the sale has no end",
            nullable = true,
            examples = "2026-07-03T10:00:00Z")
        Instant closesAt) {

  SalePatch {
    opensAt = RemovableInstant.map(opensAt, Micros::truncate);
    closesAt = RemovableInstant.map(closesAt, Micros::truncate);
  }

  /** Refuses windows that never open, and instants that the stores cannot keep. */
  void checkWindow() {
    Lifecycle.checkWindow(RemovableInstant.orNull(opensAt), RemovableInstant.orNull(closesAt));
  }

  SaleDefinition.Change change() {
    return new SaleDefinition.Change(name, null, opensAt, closesAt);
  }
}
