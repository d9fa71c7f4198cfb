package io.firstcome.nativeimage;

import com.oracle.svm.core.annotate.Alias;
import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import io.quarkus.smallrye.openapi.OpenApiFilter.RunStage;
import io.quarkus.smallrye.openapi.runtime.OpenApiDocumentHolder;
import io.quarkus.smallrye.openapi.runtime.OpenApiDocumentService;
import io.quarkus.smallrye.openapi.runtime.OpenApiRecorder;
import io.quarkus.smallrye.openapi.runtime.filter.AutoSecurityFilter;
import io.smallrye.openapi.runtime.io.Format;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * In the executable, writes the OpenAPI document when it is first asked for. Quarkus does so at
 * every start, which was a quarter of the start's time.
 *
 * <p>The two targets take the place of what they name when the executable is built; the JVM knows
 * nothing of them. Where a name has changed, the build fails and says so.
 */
final class OpenApiOnDemand {
  /** What Quarkus would have written, by the document's name. */
  private static final Map<String, Sources> NOT_YET = new ConcurrentHashMap<>();

  private record Sources(AutoSecurityFilter security, Map<RunStage, List<String>> filters) {}

  private OpenApiOnDemand() {}

  @TargetClass(OpenApiRecorder.class)
  static final class Recorder {
    @Substitute
    public void prepareDocument(
        AutoSecurityFilter security, Map<RunStage, List<String>> filters, String name) {
      NOT_YET.put(name, new Sources(security, filters));
    }
  }

  @TargetClass(OpenApiDocumentService.class)
  static final class Service {
    @Alias private Map<String, OpenApiDocumentHolder> documentHolders;

    @Alias
    native void prepareDocument(
        AutoSecurityFilter security, Map<RunStage, List<String>> filters, String name);

    @Substitute
    public synchronized byte[] getDocument(String name, Format format) {
      Sources sources = NOT_YET.get(name);
      if (sources != null) {
        prepareDocument(sources.security(), sources.filters(), name);
        NOT_YET.remove(name);
      }
      OpenApiDocumentHolder document = documentHolders.get(name);
      if (document == null) {
        return new byte[0];
      }
      return format == Format.JSON ? document.getJsonDocument() : document.getYamlDocument();
    }
  }
}
