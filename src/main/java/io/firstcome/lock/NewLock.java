package io.firstcome.lock;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A lock to acquire. */
@Schema(description = "A lock to acquire")
record NewLock(
    @NotNull
        @Min(1)
        @Max(MAX_LEASE_SECONDS)
        @Schema(description = "How long it is held unless it is extended", examples = "60")
        Integer leaseSeconds,
    @Min(0)
        @Max(MAX_WAIT_SECONDS)
        @Schema(description = "How long to wait for it; not at all if omitted", examples = "10")
        Integer waitSeconds,
    @Min(1)
        @Max(MAX_PERMITS)
        @Schema(
            description =
                "How many may hold it at once, in order of arrival; 1 is a lock that is fair. If"
                    + " omitted, one holder and no order between replicas",
            examples = "3")
        Integer permits,
    @Pattern(regexp = TOKEN, message = TOKEN_MESSAGE)
        @Schema(
            description =
                "Random, and known to the caller alone: the same request again gets the same lock."
                    + " If omitted, the service chooses one",
            examples = "5a2f0c1e-8f0b-4c55-9b0e-2f1d7c3a9e60")
        String token) {

  static final int MAX_LEASE_SECONDS = 3_600;
  static final int MAX_WAIT_SECONDS = 20;
  static final int MAX_PERMITS = 100;
  static final String TOKEN = "[A-Za-z0-9_-]{16,64}";
  static final String TOKEN_MESSAGE = "must be 16 to 64 of A-Z, a-z, 0-9, '-' and '_'";
}
