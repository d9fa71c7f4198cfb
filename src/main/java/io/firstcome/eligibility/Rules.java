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
import io.firstcome.work.SingleFlight;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
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
  private static final String FIELD = "eligibility";
  private static final int MAX_CACHED = 1_000;
  private static final int MAX_ERRORS = 5;
  private static final int MAX_MESSAGE = 300;
  private static final int MAX_WAITING = 100;

  private final CelCompiler compiler;
  private final CelRuntime runtime;
  private final Cache<String, Rule> compiled =
      Caffeine.newBuilder().maximumSize(MAX_CACHED).build();
  private final SingleFlight<String, Rule> compiling = new SingleFlight<>(MAX_WAITING);

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
    this.compiler =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(options)
            .setStandardEnvironmentEnabled(false)
            .setStandardDeclarations(
                CelStandardDeclarations.newBuilder()
                    .excludeFunctions(StandardFunction.MATCHES)
                    .build())
            .setStandardMacros(
                CelStandardMacro.HAS,
                CelStandardMacro.ALL,
                CelStandardMacro.EXISTS,
                CelStandardMacro.EXISTS_ONE)
            .setTypeProvider(new Types(user, coupon))
            .addVar(USER, user)
            .addVar(COUPON, coupon)
            .addVar(NOW, SimpleType.TIMESTAMP)
            .setResultType(SimpleType.BOOL)
            .build();
    this.runtime = CelRuntimeFactory.standardCelRuntimeBuilder().setOptions(options).build();
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
    return expression.isEmpty()
        ? Uni.createFrom().voidItem()
        : here(compiling.run(expression, () -> work.run(() -> compile(expression))))
            .replaceWithVoid();
  }

  /**
   * Compiles a rule that was accepted. One that this replica does not accept, as its attributes are
   * declared otherwise, allows nobody.
   */
  public Uni<Rule> load(String couponId, String expression) {
    Rule known = expression.isEmpty() ? Rule.anybody() : compiled.getIfPresent(expression);
    return known != null
        ? Uni.createFrom().item(known)
        : here(compiling.run(expression, () -> work.run(() -> compile(expression))))
            .onFailure(Rules::isMalformed)
            .recoverWithItem(
                why -> {
                  LOG.warnf(
                      "Nobody is eligible for coupon %s on this replica: its rule does not compile"
                          + " (%s). Compare %s with the other replicas'",
                      couponId, why.getMessage(), UserAttributes.SETTING);
                  compiled.put(expression, Rule.nobody());
                  return Rule.nobody();
                });
  }

  /** What follows runs where the caller does: on its event loop, if that is one. */
  private static <T> Uni<T> here(Uni<T> work) {
    Context here = Vertx.currentContext();
    return here == null ? work : work.emitOn(next -> here.runOnContext(pass -> next.run()));
  }

  private static boolean isMalformed(Throwable why) {
    return why instanceof ProblemException known
        && known.problem().extensions().containsKey("errors");
  }

  /** Not on an event loop; see {@link #check}. */
  Rule compile(String expression) {
    Rule known = compiled.getIfPresent(expression);
    if (known != null && known != Rule.nobody()) {
      return known;
    }
    if (expression.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw refused("must be at most " + MAX_BYTES + " bytes in UTF-8");
    }
    try {
      CelAbstractSyntaxTree tree = compiler.compile(expression).getAst();
      checkCost(tree);
      Rule rule = Rule.of(runtime.createProgram(tree));
      compiled.put(expression, rule);
      return rule;
    } catch (CelValidationException e) {
      throw refused(e.getErrors());
    } catch (CelEvaluationException | RuntimeException e) {
      if (e instanceof ProblemException refusal) {
        throw refusal;
      }
      LOG.debug("A rule was refused", e);
      throw refused("is not an expression that can be compiled");
    }
  }

  private static void checkCost(CelAbstractSyntaxTree tree) {
    CelNavigableExpr root = CelNavigableAst.fromAst(tree).getRoot();
    if (root.height() > MAX_DEPTH) {
      throw refused("must be nested at most " + MAX_DEPTH + " deep");
    }
    root.allNodes()
        .forEach(
            node -> {
              if (node.getKind() == CelExpr.ExprKind.Kind.STRUCT) {
                throw refused(at(tree, node) + "creates a message");
              }
              if (node.getKind() == CelExpr.ExprKind.Kind.COMPREHENSION) {
                checkMacro(tree, node);
              }
            });
  }

  private static void checkMacro(CelAbstractSyntaxTree tree, CelNavigableExpr macro) {
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
      throw refused(
          at(tree, macro)
              + "a macro applies to a list attribute of the user, or a list of at most "
              + UserAttributes.MAX_ELEMENTS
              + " elements");
    }
    Optional<CelNavigableExpr> outer = macro.parent();
    while (outer.isPresent()) {
      if (outer.get().getKind() == CelExpr.ExprKind.Kind.COMPREHENSION) {
        throw refused(at(tree, macro) + "a macro must not be inside another");
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

  private static ProblemException refused(String why) {
    return Problem.malformed(FIELD, why).asException();
  }

  private static ProblemException refused(Collection<CelIssue> issues) {
    List<ErrorMember> errors =
        issues.stream()
            .limit(MAX_ERRORS)
            .map(issue -> at(issue.getSourceLocation()) + issue.getMessage())
            .map(text -> text.length() > MAX_MESSAGE ? text.substring(0, MAX_MESSAGE) : text)
            .map(text -> new ErrorMember(FIELD, text))
            .toList();
    return errors.isEmpty()
        ? refused("is not an expression")
        : Problem.malformed(errors).asException();
  }
}
