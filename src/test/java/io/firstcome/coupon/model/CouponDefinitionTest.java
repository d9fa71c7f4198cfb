package io.firstcome.coupon.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.coupon.model.CouponDefinition.Field;
import io.firstcome.durability.Acknowledge;
import io.firstcome.lifecycle.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CouponDefinitionTest {

  private static final CouponDefinition DEFINITION =
      new CouponDefinition(
          "A coupon",
          100,
          Instant.parse("2026-07-01T10:00:00.000123Z"),
          null,
          Status.PAUSED,
          Acknowledge.REPLICA,
          OnLoss.REISSUE,
          "user.id != ''",
          "Not you.",
          Policy.FIRST_COME,
          "door",
          "percent:10:EUR:2000",
          "user.tier",
          "gold=10,*=5");

  @Test
  void isTheSameAfterItWentThroughAStore() {
    assertThat(CouponDefinition.of(DEFINITION.fields())).isEqualTo(DEFINITION);
  }

  @Test
  void keepsEveryFieldThatIsNotChanged() {
    CouponDefinition changed = DEFINITION.with(Map.of(Field.QUANTITY, "7"));

    assertThat(changed.quantity()).isEqualTo(7);
    assertThat(changed.with(Map.of(Field.QUANTITY, "100"))).isEqualTo(DEFINITION);
  }

  @Test
  void hasTheSameFieldsInLuaInTheSameOrder() throws IOException {
    String lua = Files.readString(Path.of("src/main/resources/lua/coupon-definition.lua"));
    String list = lua.substring(lua.indexOf("local DEFINITION = {"));
    List<String> words = new ArrayList<>();
    Pattern.compile("'(\\w+)'")
        .matcher(list.substring(0, list.indexOf('}')))
        .results()
        .map(MatchResult::group)
        .forEach(word -> words.add(word.substring(1, word.length() - 1)));

    List<String> inJava = new ArrayList<>();
    List<String> pairs = CouponDefinition.words(DEFINITION.fields());
    for (int i = 0; i < pairs.size(); i += 2) {
      inJava.add(pairs.get(i));
    }
    assertThat(words).isEqualTo(inJava);
  }
}
