package io.firstcome.pass;

import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.security.PublicKey;
import java.security.interfaces.EdECPublicKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.Cache;

/** The public keys of passes, for services that check passes themselves. */
@Path("/api/v1/pass-keys")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Queues")
class PassKeysResource {

  private static final int MAX_AGE_SECONDS = 60;

  private final Passes passes;

  PassKeysResource(Passes passes) {
    this.passes = passes;
  }

  /** A key set (RFC 7517). */
  @Schema(name = "PassKeys")
  record KeySet(List<Jwk> keys) {}

  /** A key of Ed25519 (RFC 8037). */
  @Schema(name = "PassKey")
  record Jwk(
      @Schema(examples = "OKP") String kty,
      @Schema(examples = "Ed25519") String crv,
      @Schema(examples = "2026-07") String kid,
      @Schema(examples = "EdDSA") String alg,
      @Schema(examples = "sig") String use,
      @Schema(examples = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo") String x) {}

  @GET
  @PermitAll
  @Cache(maxAge = MAX_AGE_SECONDS)
  @Operation(
      summary = "Read the public keys of passes",
      description =
          "A key set (RFC 7517), for services that check passes themselves. Empty if passes are"
              + " signed by a secret (HS256).")
  public KeySet keys() {
    List<Jwk> keys = new ArrayList<>();
    passes
        .publicKeys()
        .forEach((kid, key) -> keys.add(new Jwk("OKP", "Ed25519", kid, "EdDSA", "sig", x(key))));
    return new KeySet(keys);
  }

  /** The 32 bytes of RFC 8032, which end what Java encodes. */
  private static String x(PublicKey key) {
    byte[] encoded = ((EdECPublicKey) key).getEncoded();
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
  }
}
