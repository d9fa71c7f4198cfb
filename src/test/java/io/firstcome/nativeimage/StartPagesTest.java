package io.firstcome.nativeimage;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.nativeimage.StartPages.Range;
import java.util.List;
import org.junit.jupiter.api.Test;

class StartPagesTest {
  @Test
  void whatIsAsInTheFileIsGivenBackAndNothingElse() {
    List<String> smaps =
        """
        00400000-00405000 r--p 00000000 fe:00 1234                               /firstcome
        Size:                 20 kB
        Rss:                  16 kB
        Anonymous:             0 kB
        Swap:                  0 kB
        VmFlags: rd mr mw me
        00405000-00800000 r-xp 00005000 fe:00 1234                               /firstcome
        Rss:                4000 kB
        Anonymous:             0 kB
        Swap:                  0 kB
        00800000-00810000 r--p 00400000 fe:00 1234                               /firstcome
        Rss:                  64 kB
        Anonymous:             8 kB
        Swap:                  0 kB
        00810000-00811000 r--p 00410000 fe:00 1234                               /firstcome
        Rss:                   0 kB
        Anonymous:             0 kB
        Swap:                  4 kB
        SwapPss:               0 kB
        00811000-00900000 rw-p 00411000 fe:00 1234                               /firstcome
        Rss:                 900 kB
        Anonymous:             0 kB
        Swap:                  0 kB
        7f00deadb000-7f00deadc000 r-xp 00000000 fe:00 99                         /usr/lib/libc.so.6
        Anonymous:             0 kB
        Swap:                  0 kB
        7f00f0000000-7f00f0001000 r--p 00000000 00:00 0
        Anonymous:             0 kB
        Swap:                  0 kB
        ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
        Anonymous:             0 kB
        Swap:                  0 kB
        """
            .lines()
            .toList();
    assertThat(StartPages.unwritten(smaps, "/firstcome"))
        .containsExactly(new Range(0x400000, 0x405000), new Range(0x405000, 0x800000));
    assertThat(StartPages.unwritten(smaps, "/other")).isEmpty();
  }
}
