package io.firstcome.stock.reservation;

import io.firstcome.http.problem.Problem;
import io.firstcome.stock.model.StockConfig;
import java.time.Duration;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** For how long a reservation is to be held from now on. */
@Schema(description = "For how long to hold the units from now on")
record HoldFor(
    @Schema(
            minimum = "1",
            description = "At most firstcome.stock.max-extension, which is used if omitted",
            examples = "300")
        Long ttlSeconds) {

  /** Refuses what is not within the bound. */
  Duration time(StockConfig config) {
    long most = config.maxExtension().toSeconds();
    if (ttlSeconds == null) {
      return config.maxExtension();
    }
    if (ttlSeconds < 1 || ttlSeconds > most) {
      throw Problem.malformed("ttlSeconds", "must be 1 to " + most).asException();
    }
    return Duration.ofSeconds(ttlSeconds);
  }
}
