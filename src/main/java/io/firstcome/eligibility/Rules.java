package io.firstcome.eligibility;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.cel.checker.CelStandardDeclarations;
import dev.cel.checker.CelStandardDeclarations.StandardFunction;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelSourceLocation;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.common.navigation.CelNavigableExpr;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import io.firstcome.http.identity.UserAttributes;
import io.firstcome.http.problem.ErrorMember;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.work.BoundedWork;
import io.firstcome.work.EventLoop;
import io.firstcome.work.SingleFlight;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Compiles rules: expressions of the Common Expression Language over {@code user}, {@code coupon}
 * and {@code now} that say who is eligible.
 *
 * <p>An evaluation runs on an event loop, so what it can cost is bounded when a rule is accepted:
 * length, nodes and depth are limited; macros run over the list attributes of a user or a list in
 * the rule, at most {@value UserAttributes#MAX_ELEMENTS} elements, and not inside one another;
 * there is no {@code matches}; and no macro builds a list, so that no value grows with another.
 */
@Startup
@Singleton
public class Rules {

  /** The longest rule, in bytes of UTF-8. */
  public static final int MAX_BYTES = 2_048;

  static final int MAX_NODES = 200;
  static final int MAX_DEPTH = 16;

  /** Elements that all macros of a rule together may look at. */
  static final int MAX_ITERATIONS = 1_000;

  static final String USER = "user";
  static final String COUPON = "coupon";
  static final String NOW = "now";

  /** What a rule may use of a coupon. */
  private static final Map<String, CelType> COUPON_FIELDS =
      Map.of(
          "id", SimpleType.STRING,
          "name", SimpleType.STRING,
          "opensAt", SimpleType.TIMESTAMP,
          "closesAt", SimpleType.TIMESTAMP);

  private static final Logger LOG = Logger.getLogger(Rules.class);
  private static final int MAX_CACHED = 1_000;
  private static final int MAX_ERRORS = 5;
  private static final int MAX_MESSAGE = 300;
  private static final int MAX_WAITING = 100;

  /** What an expression is for. */
  private enum Kind {
    ELIGIBILITY("eligibility", SimpleType.BOOL),
    TICKETS("lottery.tickets", SimpleType.INT),
    GROUP("group", SimpleType.STRING);

    private final String field;
    private final CelType result;

    Kind(String field, CelType result) {
      this.field = field;
      this.result = result;
    }

    ProblemException refused(String why) {
      return Problem.malformed(field, why).asException();
    }
  }

  private record Source(Kind kind, String expression) {

    boolean isEmpty() {
      return expression.isEmpty();
    }
  }

  private final Map<Kind, CelCompiler> compilers = new EnumMap<>(Kind.class);
  private final CelRuntime runtime;
  private final Cache<Source, Rule> compiled =
      Caffeine.newBuilder().maximumSize(MAX_CACHED).build();
  private final SingleFlight<Source, Rule> compiling = new SingleFlight<>(MAX_WAITING);

  /** Not on an event loop: on a JVM the first compilation takes half a second. */
  private final BoundedWork work = new BoundedWork("rules", 1, MAX_WAITING);

  public Rules(UserAttributes attributes) {
    CelOptions options =
        CelOptions.current()
            .maxExpressionCodePointSize(MAX_BYTES)
            .maxParseRecursionDepth(MAX_DEPTH)
            .maxParseExpressionNodeCount(MAX_NODES)
            .maxParseErrorRecoveryLimit(1)
            .comprehensionMaxIterations(MAX_ITERATIONS)
            .enableTimestampEpoch(true)
            .evaluateCanonicalTypesToNativeValues(true)
            .build();
    Map<String, CelType> userFields = new HashMap<>();
    attributes.types().forEach((name, type) -> userFields.put(name, type(type)));
    StructType user = struct("User", userFields);
    StructType coupon = struct("Coupon", COUPON_FIELDS);
    for (Kind kind : Kind.values()) {
      compilers.put(kind, compiler(options, user, coupon, kind.result));
    }
    this.runtime = CelRuntimeFactory.standardCelRuntimeBuilder().setOptions(options).build();
  }

  private static CelCompiler compiler(
      CelOptions options, StructType user, StructType coupon, CelType result) {
    return CelCompilerFactory.standardCelCompilerBuilder()
        .setOptions(options)
        .setStandardEnvironmentEnabled(false)
        .setStandardDeclarations(
            CelStandardDeclarations.newBuilder().excludeFunctions(StandardFunction.MATCHES).build())
        .setStandardMacros(
            CelStandardMacro.HAS,
            CelStandardMacro.ALL,
            CelStandardMacro.EXISTS,
            CelStandardMacro.EXISTS_ONE)
        .setTypeProvider(new Types(user, coupon))
        .addVar(USER, user)
        .addVar(COUPON, coupon)
        .addVar(NOW, SimpleType.TIMESTAMP)
        .setResultType(result)
        .build();
  }

  void stop(@Observes ShutdownEvent event) {
    work.close();
  }

  private static CelType type(UserAttributes.Type type) {
    return switch (type) {
      case STRING -> SimpleType.STRING;
      case INT -> SimpleType.INT;
      case BOOL -> SimpleType.BOOL;
      case TIMESTAMP -> SimpleType.TIMESTAMP;
      case LIST -> ListType.create(SimpleType.STRING);
    };
  }

  private static StructType struct(String name, Map<String, CelType> fields) {
    return StructType.create(
        name,
        ImmutableSet.copyOf(fields.keySet()),
        field -> Optional.ofNullable(fields.get(field)));
  }

  /** The types of the variables, and no others: rules create no messages. */
  private record Types(StructType user, StructType coupon) implements CelTypeProvider {

    @Override
    public ImmutableCollection<CelType> types() {
      return ImmutableList.of(user, coupon);
    }

    @Override
    public Optional<CelType> findType(String name) {
      return types().stream().filter(type -> type.name().equals(name)).findAny();
    }
  }

  /** Accepts a rule; fails with {@code malformed} that names each error and its position. */
  public Uni<Void> check(String expression) {
    return check(new Source(Kind.ELIGIBILITY, expression));
  }

  /** Accepts a rule that says how many tickets a user has in a lottery. */
  public Uni<Void> checkTickets(String expression) {
    return check(new Source(Kind.TICKETS, expression));
  }

  /** Accepts an expression that gives the group of a user. */
  public Uni<Void> checkGroup(String expression) {
    return check(new Source(Kind.GROUP, expression));
  }

  private Uni<Void> check(Source source) {
    return source.isEmpty()
        ? Uni.createFrom().voidItem()
        : EventLoop.back(compiling.run(source, () -> work.run(() -> compile(source))))
            .replaceWithVoid();
  }

  /**
   * Compiles a rule that was accepted. One that this replica does not accept, as its attributes are
   * declared otherwise, allows nobody.
   */
  public Uni<Rule> load(String couponId, String expression) {
    return load(couponId, new Source(Kind.ELIGIBILITY, expression));
  }

  /** The same of a rule that says how many tickets a user has. */
  public Uni<Rule> loadTickets(String couponId, String expression) {
    return load(couponId, new Source(Kind.TICKETS, expression));
  }

  /** The same of an expression that gives the group of a user. */
  public Uni<Rule> loadGroup(String couponId, String expression) {
    return load(couponId, new Source(Kind.GROUP, expression));
  }

  private Uni<Rule> load(String couponId, Source source) {
    Rule known = source.isEmpty() ? Rule.anybody() : compiled.getIfPresent(source);
    return known != null
        ? Uni.createFrom().item(known)
        : EventLoop.back(compiling.run(source, () -> work.run(() -> compile(source))))
            .onFailure(Rules::isMalformed)
            .recoverWithItem(
                why -> {
                  LOG.warnf(
                      "Nobody is eligible for coupon %s on this replica: its rule does not compile"
                          + " (%s). Compare %s with the other replicas'",
                      couponId, why.getMessage(), UserAttributes.SETTING);
                  compiled.put(source, Rule.nobody());
                  return Rule.nobody();
                });
  }

  private static boolean isMalformed(Throwable why) {
    return why instanceof ProblemException known
        && known.problem().extensions().containsKey("errors");
  }

  /** Not on an event loop; see {@link #check}. */
  Rule compile(String expression) {
    return compile(new Source(Kind.ELIGIBILITY, expression));
  }

  private Rule compile(Source source) {
    Kind kind = source.kind();
    String expression = source.expression();
    Rule known = compiled.getIfPresent(source);
    if (known != null && known != Rule.nobody()) {
      return known;
    }
    if (expression.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw kind.refused("must be at most " + MAX_BYTES + " bytes in UTF-8");
    }
    try {
      CelAbstractSyntaxTree tree = compilers.get(kind).compile(expression).getAst();
      checkCost(kind, tree);
      Rule rule = Rule.of(runtime.createProgram(tree));
      compiled.put(source, rule);
      return rule;
    } catch (CelValidationException e) {
      throw refused(kind, e.getErrors());
    } catch (CelEvaluationException | RuntimeException e) {
      if (e instanceof ProblemException refusal) {
        throw refusal;
      }
      LOG.debug("A rule was refused", e);
      throw kind.refused("is not an expression that can be compiled");
    }
  }

  private static void checkCost(Kind kind, CelAbstractSyntaxTree tree) {
    CelNavigableExpr root = CelNavigableAst.fromAst(tree).getRoot();
    if (root.height() > MAX_DEPTH) {
      throw kind.refused("must be nested at most " + MAX_DEPTH + " deep");
    }
    root.allNodes()
        .forEach(
            node -> {
              if (node.getKind() == CelExpr.ExprKind.Kind.STRUCT) {
                throw kind.refused(at(tree, node) + "creates a message");
              }
              if (node.getKind() == CelExpr.ExprKind.Kind.COMPREHENSION) {
                checkMacro(kind, tree, node);
              }
            });
  }

  private static void checkMacro(Kind kind, CelAbstractSyntaxTree tree, CelNavigableExpr macro) {
    CelExpr range = macro.expr().comprehension().iterRange();
    boolean isBounded =
        switch (range.getKind()) {
          case LIST -> range.list().elements().size() <= UserAttributes.MAX_ELEMENTS;
          case SELECT -> {
            CelExpr of = range.select().operand();
            yield !range.select().testOnly()
                && of.getKind() == CelExpr.ExprKind.Kind.IDENT
                && of.ident().name().equals(USER);
          }
          default -> false;
        };
    if (!isBounded) {
      throw kind.refused(
          at(tree, macro)
              + "a macro applies to a list attribute of the user, or a list of at most "
              + UserAttributes.MAX_ELEMENTS
              + " elements");
    }
    Optional<CelNavigableExpr> outer = macro.parent();
    while (outer.isPresent()) {
      if (outer.get().getKind() == CelExpr.ExprKind.Kind.COMPREHENSION) {
        throw kind.refused(at(tree, macro) + "a macro must not be inside another");
      }
      outer = outer.get().parent();
    }
  }

  private static String at(CelAbstractSyntaxTree tree, CelNavigableExpr node) {
    Integer offset = tree.getSource().getPositionsMap().get(node.id());
    return Optional.ofNullable(offset)
        .flatMap(known -> tree.getSource().getOffsetLocation(known))
        .map(Rules::at)
        .orElse("");
  }

  /** Lines and columns from 1. */
  private static String at(CelSourceLocation place) {
    return place.getLine() < 1
        ? ""
        : "line " + place.getLine() + ", column " + (place.getColumn() + 1) + ": ";
  }

  private static ProblemException refused(Kind kind, Collection<CelIssue> issues) {
    List<ErrorMember> errors =
        issues.stream()
            .limit(MAX_ERRORS)
            .map(issue -> at(issue.getSourceLocation()) + issue.getMessage())
            .map(text -> text.length() > MAX_MESSAGE ? text.substring(0, MAX_MESSAGE) : text)
            .map(text -> new ErrorMember(kind.field, text))
            .toList();
    return errors.isEmpty()
        ? kind.refused("is not an expression")
        : Problem.malformed(errors).asException();
  }
}
