package io.firstcome;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

/** The classes of this build, read once for all tests: reading them takes ten seconds. */
public final class OurClasses {

  /** Those of the service. */
  public static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.firstcome");

  private OurClasses() {}
}
