package io.firstcome.eligibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.http.identity.AttributeFixture;
import io.firstcome.http.identity.UserAttributes;
import io.firstcome.http.problem.ErrorMember;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RulesTest {

  private static final Logger LOG = Logger.getLogger(RulesTest.class);

  private static final Rules RULES =
      new Rules(
          AttributeFixture.declared(
              "tier:string", "age:int", "member:bool", "since:timestamp", "regions:list"));

  private static final Instant NOW = Instant.parse("2026-07-01T10:00:00Z");

  private static final Map<String, Object> ALICE =
      Map.of(
          "id",
          "alice",
          "groups",
          List.of("beta"),
          "tier",
          "gold",
          "age",
          30L,
          "member",
          true,
          "since",
          Instant.parse("2024-01-01T00:00:00Z"),
          "regions",
          List.of("eu-west", "eu-north"));

  private static final Map<String, Object> COUPON = Map.of("id", "summer", "name", "Summer");

  private static boolean allows(String rule, Map<String, Object> user) {
    return RULES.compile(rule).allows(user, COUPON, NOW);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          user.tier == 'gold' ; true
          user.tier == 'gold' && user.age >= 18 && 'beta' in user.groups ; true
          user.tier in ['silver', 'bronze'] ; false
          user.member ? user.age > 20 : user.age > 60 ; true
          now - user.since > duration('8760h') ; true
          user.since.getFullYear('Europe/Berlin') == 2024 ; true
          user.regions.exists(r, r.startsWith('eu-')) ; true
          user.regions.all(r, r == 'eu-west') ; false
          user.regions.exists_one(r, r.endsWith('north')) ; true
          ['a', 'beta'].exists(g, g in user.groups) ; true
          coupon.id == 'summer' && coupon.name.contains('umm') ; true
          has(coupon.closesAt) ; false
          !has(coupon.closesAt) || now < coupon.closesAt ; true
          size(user.tier) == 4 ; true
          """)
  void isJudgedByVerifiedAttributes(String rule, boolean expected) {
    assertThat(allows(rule, ALICE)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          user.tier == 'gold' ; false
          !(user.tier == 'banned') ; false
          !(user.tier in ['banned']) ; false
          user.tier != 'banned' ; false
          has(user.tier) && user.tier == 'gold' ; false
          !has(user.tier) ; true
          user.tier == 'gold' || user.age > 18 ; true
          1 / 0 == 1 ; false
          9223372036854775807 + user.age > 0 ; false
          timestamp('nonsense') < now ; false
          user.regions[0] == 'eu-west' ; false
          """)
  void whatIsMissingOrFailsAllowsNobody(String rule, boolean expected) {
    Map<String, Object> sparse = Map.of("id", "bob", "age", 30L, "regions", List.of());
    assertThat(allows(rule, sparse)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          user.tire == 'gold' ; line 1, column 5: undefined field 'tire'
          user.tier == 18 ; line 1, column 11: found no matching overload
          user.age + 1 ; line 1, column 10: expected type 'bool' but found 'int'
          user.tier == ; line 1, column 13: mismatched input
          secret == 1 ; line 1, column 1: undeclared reference to 'secret'
          user.tier.matches('(a+)+$') ; line 1, column 18: undeclared reference to 'matches'
          matches(user.tier, '(a+)+$') ; line 1, column 8: undeclared reference to 'matches'
          user.regions.map(r, r + r).size() > 1 ; undeclared reference to 'map'
          user.regions.filter(r, true).size() > 1 ; undeclared reference to 'filter'
          User{tier: 'gold'}.tier == 'gold' ; creates a message
          google.protobuf.Struct{} == null ; undeclared reference
          user.regions.exists(a, user.regions.exists(b, a == b)) ; a macro must not be inside another
          (user.regions + user.regions).exists(a, a == '') ; a macro applies to a list attribute
          {'a': 1}.exists(k, k == 'a') ; a macro applies to a list attribute
          """)
  void whatIsWrongIsNamedWithItsPosition(String rule, String message) {
    assertThat(messages(rule)).anyMatch(text -> text.contains(message));
  }

  @Test
  void thePositionIsInTheLineOfTheRule() {
    assertThat(messages("user.tier == 'gold' &&\n  user.agee > 18"))
        .containsExactly("line 2, column 7: undefined field 'agee'");
  }

  static Stream<Arguments> hostile() {
    return Stream.of(
        Arguments.of("long", "user.tier == '" + "a".repeat(Rules.MAX_BYTES) + "'"),
        Arguments.of("long in bytes", "user.tier == '" + "\u00e4".repeat(1_020) + "'"),
        Arguments.of("many nodes", "true" + " && user.member".repeat(130)),
        Arguments.of("many elements", "user.age in [" + "1,".repeat(250) + "1]"),
        Arguments.of("deep in brackets", "(".repeat(400) + "true" + ")".repeat(400)),
        Arguments.of("deep in lists", "[".repeat(300) + "]".repeat(300) + " == []"),
        Arguments.of("deep in calls", "size(".repeat(40) + "[1]" + ")".repeat(40) + " == 1"),
        Arguments.of("deep by a chain", "0" + " + 1".repeat(60) + " == 60"),
        Arguments.of(
            "deep by conditions", "user.member ? ".repeat(60) + "true" + " : false".repeat(60)),
        Arguments.of(
            "deep by minus",
            "-".repeat(1_999) + "1 < 0 || " + "-(".repeat(18) + "1" + ")".repeat(18) + " < 0"),
        Arguments.of(
            "nested macros",
            "user.regions.all(a, user.regions.all(b, user.regions.all(c, user.regions.all(d, a+b+c+d != ''))))"),
        Arguments.of("catastrophic", "user.tier.matches('^(([a-z])+.)+[A-Z]([a-z])+$')"),
        Arguments.of("open brackets", "(".repeat(2_000)),
        Arguments.of("open text", "'".repeat(1_999)),
        Arguments.of("nothing but blanks", " ".repeat(100)),
        Arguments.of("control characters", "user.tier == \u0000"),
        Arguments.of("half a character", "user.tier == \ud800"));
  }

  /** Compiling one takes no long time either: it is the operator's request that waits. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("hostile")
  void whatCouldCostTooMuchIsRefused(String name, String rule) {
    RULES.compile("true");
    long start = System.nanoTime();
    assertThat(messages(rule)).isNotEmpty().allMatch(text -> text.length() <= 400);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void aTypicalRuleCostsMicroseconds() {
    Rule rule = RULES.compile("user.tier == 'gold' && 'beta' in user.groups");
    long fastest = Long.MAX_VALUE;
    int calls = 20_000;
    boolean allowed = true;
    for (int round = 0; round < 20; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < calls; i++) {
        allowed &= rule.allows(ALICE, COUPON, NOW);
      }
      fastest = Math.min(fastest, (System.nanoTime() - start) / calls);
    }
    LOG.infof("A typical rule costs %d ns", fastest);
    assertThat(allowed).isTrue();
    assertThat(fastest).isLessThan(100_000);
  }

  /** The dearest that is accepted: each element of a long list is searched for in it, and again. */
  @Test
  void theDearestRuleThatIsAcceptedIsJudgedInMilliseconds() {
    List<String> regions =
        IntStream.range(0, UserAttributes.MAX_ELEMENTS).mapToObj(i -> "a".repeat(15) + i).toList();
    Map<String, Object> user = new HashMap<>(ALICE);
    user.put("regions", regions);
    String rule =
        String.join(
            " && ",
            Collections.nCopies(
                6, "user.regions.all(r, r in user.regions && !((r + 'x') in user.regions))"));
    Rule compiled = RULES.compile(rule);
    long fastest = Long.MAX_VALUE;
    for (int i = 0; i < 50; i++) {
      long start = System.nanoTime();
      assertThat(compiled.allows(user, COUPON, NOW)).isTrue();
      fastest = Math.min(fastest, System.nanoTime() - start);
    }
    assertThat(Duration.ofNanos(fastest)).isLessThan(Duration.ofMillis(50));
  }

  @Property(tries = 400)
  void judgingNeverThrows(@ForAll("rules") String rule, @ForAll("users") Map<String, Object> user) {
    Rule compiled;
    try {
      compiled = RULES.compile(rule);
    } catch (ProblemException refused) {
      assertThat(refused.problem().type()).isEqualTo(ProblemType.MALFORMED);
      return;
    }
    compiled.allows(user, Map.of(), NOW);
  }

  @Provide
  Arbitrary<String> rules() {
    Arbitrary<String> terms =
        Arbitraries.of(
            "user.tier",
            "user.age",
            "user.regions",
            "user.member",
            "user.since",
            "now",
            "coupon.id",
            "coupon.opensAt",
            "1",
            "0",
            "-9223372036854775808",
            "'x'",
            "null",
            "[]",
            "[1, 'a']",
            "{}",
            "duration('1h')",
            "user",
            "type(1)",
            "1.5",
            "2u",
            "b'x'",
            "true");
    Arbitrary<String> shapes =
        Arbitraries.of(
            "%s == %s",
            "%s + %s == %s",
            "%s / %s == 1",
            "%s %% %s > 0",
            "%s in %s",
            "%s[%s] == %s",
            "%s.exists(x, x == %s)",
            "has(user.tier) || %s < %s",
            "%s ? %s : %s",
            "size(%s) > %s",
            "int(%s) == %s",
            "timestamp(%s) < %s",
            "duration(%s) < %s",
            "string(%s) == %s",
            "bytes(%s) == %s",
            "%s.getHours(%s) > %s",
            "-%s < %s",
            "!%s || %s",
            "double(%s) > %s",
            "uint(%s) > %s",
            "%s.contains(%s)",
            "dyn(%s) == %s",
            "dyn(%s) < dyn(%s)",
            "%s",
            "%s %s");
    return shapes.flatMap(
        shape -> terms.list().ofSize(3).map(list -> String.format(shape, list.toArray())));
  }

  @Provide
  Arbitrary<Map<String, Object>> users() {
    Arbitrary<Object> values =
        Arbitraries.of(
            "gold",
            "",
            0L,
            -1L,
            Long.MAX_VALUE,
            true,
            Instant.MIN,
            Instant.MAX,
            NOW,
            List.of(),
            List.of("a"));
    return Arbitraries.maps(
            Arbitraries.of("id", "tier", "age", "member", "since", "regions", "groups"), values)
        .ofMaxSize(7);
  }

  private static List<String> messages(String rule) {
    try {
      RULES.compile(rule);
    } catch (ProblemException refused) {
      assertThat(refused.problem().type()).isEqualTo(ProblemType.MALFORMED);
      return ((List<?>) refused.problem().extensions().get("errors"))
          .stream()
              .map(ErrorMember.class::cast)
              .peek(error -> assertThat(error.field()).isEqualTo("eligibility"))
              .map(ErrorMember::message)
              .toList();
    }
    throw new AssertionError("accepted: " + rule);
  }

  @Test
  void theEmptyRuleAllowsAnybody() {
    assertThat(RULES.load("summer", "").await().indefinitely().allows(Map.of(), Map.of(), NOW))
        .isTrue();
  }

  @Test
  void aRuleThatThisReplicaCannotCompileAllowsNobody() {
    Rule rule = RULES.load("summer", "user.elsewhere == 'x'").await().indefinitely();

    assertThat(rule.allows(ALICE, COUPON, NOW)).isFalse();
    assertThatThrownBy(() -> RULES.check("user.elsewhere == 'x'").await().indefinitely())
        .isInstanceOf(ProblemException.class);
  }
}
