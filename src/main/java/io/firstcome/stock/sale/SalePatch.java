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
        @Pattern(regexp = "(?s).*\\S.*", message = "must not be blank")
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
    opensAt = truncate(opensAt);
    closesAt = truncate(closesAt);
  }

  private static Instant truncate(Instant instant) {
    return isRemoved(instant) ? instant : Micros.truncate(instant);
  }

  private static boolean isRemoved(Instant instant) {
    return instant == RemovableInstant.REMOVED;
  }

  /** Refuses windows that never open, and instants that the stores cannot keep. */
  void checkWindow() {
    Lifecycle.checkWindow(
        isRemoved(opensAt) ? null : opensAt, isRemoved(closesAt) ? null : closesAt);
  }

  SaleDefinition.Change change() {
    return new SaleDefinition.Change(name, null, opensAt, closesAt);
  }
}
