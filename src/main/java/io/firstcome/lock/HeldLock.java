package io.firstcome.lock;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What a holder says of its lock. */
final class HeldLock {

  private HeldLock() {}

  /** To hold it longer. */
  @Schema(name = "LockExtension", description = "Another lease of a lock")
  record Extension(
      @NotNull @Pattern(regexp = NewLock.TOKEN, message = NewLock.TOKEN_MESSAGE) String token,
      @NotNull
          @Min(1)
          @Max(NewLock.MAX_LEASE_SECONDS)
          @Schema(description = "From now on", examples = "60")
          Integer leaseSeconds) {}

  /** To hold it no longer. */
  @Schema(name = "LockRelease", description = "Which holder releases a lock")
  record Release(
      @NotNull @Pattern(regexp = NewLock.TOKEN, message = NewLock.TOKEN_MESSAGE) String token) {}
}
