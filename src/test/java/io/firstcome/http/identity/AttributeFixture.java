package io.firstcome.http.identity;

import java.util.List;
import java.util.Optional;

/** Attributes as settings declare them. */
public final class AttributeFixture {

  private AttributeFixture() {}

  public static UserAttributes declared(String... declarations) {
    return declared(IdentityMode.HEADER, declarations);
  }

  static UserAttributes declared(IdentityMode mode, String... declarations) {
    return new UserAttributes(Optional.of(List.of(declarations)), new IdentityMode.Setting(mode));
  }
}
