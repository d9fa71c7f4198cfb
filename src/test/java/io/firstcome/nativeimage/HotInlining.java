package io.firstcome.nativeimage;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import org.graalvm.nativeimage.AnnotationAccess;
import org.graalvm.nativeimage.hosted.Feature;

/**
 * Runs inside the builder of the native executable: lets it inline more, but only into {@linkplain
 * HotCode what a claim passes through}.
 *
 * <p>The community edition inlines "trivial" methods alone, those below a size that its options set
 * (`pom.xml`, profile {@code native}). With its defaults the time of a request is calls; larger
 * ones for everything double the executable and the time to build it, and nearly all of that is
 * code that runs once or never. So the options are raised, and all callers but the hot ones are
 * held to about the defaults: what they may inline is measured in bytecodes here, since the size
 * that the builder knows is not told.
 *
 * <p>The hook is the builder's own and not part of its public interface, so it is called by
 * reflection. A builder without it gives a larger executable.
 */
public final class HotInlining implements Feature {
  /** Bytes of bytecode: accessors, and what hands its arguments on. */
  private static final int SMALL_BYTES = 10;

  private final Map<Object, Boolean> hot = new ConcurrentHashMap<>();
  private final Map<Object, Boolean> always = new ConcurrentHashMap<>();
  private Class<? extends Annotation> forceInline;

  /** Before the analysis ends the same question decides whether method handles are resolved. */
  private volatile boolean compiling;

  @Override
  public String getDescription() {
    return "Inlines more into what a claim passes through";
  }

  @Override
  public void duringSetup(DuringSetupAccess access) {
    try {
      forceInline =
          Class.forName("jdk.internal.vm.annotation.ForceInline").asSubclass(Annotation.class);
      Object host = access.getClass().getMethod("getHostVM").invoke(access);
      BiPredicate<Object, Object> neverInline =
          (caller, callee) ->
              compiling
                  && !hot.computeIfAbsent(caller, method -> HotCode.holds(name(method)))
                  && !always.computeIfAbsent(callee, this::isAlwaysInlined);
      host.getClass()
          .getMethod("registerNeverInlineTrivialHandler", BiPredicate.class)
          .invoke(host, neverInline);
    } catch (ReflectiveOperationException | RuntimeException unknownBuilder) {
      System.err.println(
          "Inlining is not limited to hot code, the executable gets larger: " + unknownBuilder);
    }
  }

  @Override
  public void afterAnalysis(AfterAnalysisAccess access) {
    compiling = true;
  }

  private boolean isAlwaysInlined(Object method) {
    String name = name(method);
    return (int) ask(method, "getCodeSize") <= SMALL_BYTES
        // Without it a handle stays a handle, and is interpreted at each call.
        || AnnotationAccess.isAnnotationPresent((AnnotatedElement) method, forceInline)
        || name.startsWith("java.lang.invoke.")
        || name.startsWith("jdk.internal.")
        // The runtime's own, which is written for the builder's inlining.
        || name.startsWith("com.oracle.svm.")
        || name.startsWith("org.graalvm.");
  }

  private static String name(Object method) {
    return (String) ask(method, "getQualifiedName");
  }

  private static Object ask(Object method, String question) {
    try {
      Method getter = method.getClass().getMethod(question);
      return getter.invoke(method);
    } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("The builder's methods have no " + question, e);
    }
  }
}
