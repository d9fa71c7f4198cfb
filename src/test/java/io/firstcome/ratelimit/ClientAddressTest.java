package io.firstcome.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The address that a limit is kept for is one that somebody who is trusted has seen. */
class ClientAddressTest {

  private static final List<Network> PROXIES =
      Stream.of("10.0.0.0/8", "192.0.2.7", "fd00::/9").map(Network::of).toList();

  @ParameterizedTest(name = "{0}, {1}: {2}")
  @CsvSource(
      nullValues = "-",
      delimiter = '|',
      value = {
        // Nobody who is trusted says anything.
        "203.0.113.9|-|203.0.113.9",
        "203.0.113.9|198.51.100.1|203.0.113.9",
        "192.0.2.8|198.51.100.1|192.0.2.8",
        "11.0.0.1|198.51.100.1|11.0.0.1",
        // A proxy does, and is believed for what it has seen itself.
        "10.1.2.3|198.51.100.1|198.51.100.1",
        "192.0.2.7|198.51.100.1|198.51.100.1",
        "::ffff:10.1.2.3|198.51.100.1|198.51.100.1",
        "fd7f::1|198.51.100.1|198.51.100.1",
        "10.1.2.3|1.1.1.1, 2.2.2.2, 198.51.100.1|198.51.100.1",
        "10.1.2.3|198.51.100.1, 10.9.9.9, 192.0.2.7|198.51.100.1",
        "10.1.2.3|1.1.1.1, 198.51.100.1,10.9.9.9|198.51.100.1",
        // Several lines are one list.
        "10.1.2.3|1.1.1.1;198.51.100.1, 10.9.9.9;10.8.8.8|198.51.100.1",
        // It says nothing, nonsense, or that all are proxies.
        "10.1.2.3|-|10.1.2.3",
        "10.1.2.3|''|10.1.2.3",
        "10.1.2.3|unknown|10.1.2.3",
        "10.1.2.3|1.1.1.1, _hidden, 10.9.9.9|10.9.9.9",
        "10.1.2.3|999.1.1.1|10.1.2.3",
        "10.1.2.3|evil.example|10.1.2.3",
        "10.1.2.3|10.4.4.4|10.4.4.4",
        "10.1.2.3|198.51.100.1, , ,|198.51.100.1",
        // With a port.
        "10.1.2.3|198.51.100.1:4711|198.51.100.1",
        "10.1.2.3|[2001:db8:1:2:3:4:5:6]:4711|2001:db8:1:2::/64",
        // An IPv6 address is a network's.
        "2001:db8:1:2:aaaa::1|-|2001:db8:1:2::/64",
        "2001:db8:1:3::1|-|2001:db8:1:3::/64",
        "10.1.2.3|2001:db8:1:2::9|2001:db8:1:2::/64",
        "::ffff:203.0.113.9|-|203.0.113.9",
        "fe80::1%eth0|-|fe80::/64",
        // A socket that has no address.
        "-|198.51.100.1|-",
      })
  void isWhatTheNearestOneThatIsNotTrustedHas(String peer, String lines, String address) {
    List<String> header = lines == null ? List.of() : List.of(lines.split(";"));
    assertThat(new ClientAddress(PROXIES, ForwardedBy.X_FORWARDED_FOR).of(peer, header))
        .isEqualTo(address);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "for=198.51.100.1|198.51.100.1",
        "For=198.51.100.1;proto=https;by=10.1.2.3|198.51.100.1",
        "proto=https ; for=198.51.100.1|198.51.100.1",
        "for=\"198.51.100.1:4711\"|198.51.100.1",
        "for=1.1.1.1, for=\"[2001:db8:1:2::9]:4711\"|2001:db8:1:2::/64",
        "for=198.51.100.1, for=10.9.9.9;host=\"a,b\"|198.51.100.1",
        // Whoever is further left can hide nothing of what a proxy wrote.
        "for=\"open, for=198.51.100.1|198.51.100.1",
        "proto=https|10.1.2.3",
        "for=unknown|10.1.2.3",
        "for=_x|10.1.2.3",
        "198.51.100.1|10.1.2.3",
      })
  void theStandardsHeaderIsReadWhereItIsTheOne(String line, String address) {
    assertThat(new ClientAddress(PROXIES, ForwardedBy.FORWARDED).of("10.1.2.3", List.of(line)))
        .isEqualTo(address);
  }

  @Test
  void whoTrustsNobodyAsksThePeerAlone() {
    ClientAddress alone = new ClientAddress(List.of(), ForwardedBy.X_FORWARDED_FOR);
    assertThat(alone.of("10.1.2.3", List.of("198.51.100.1"))).isEqualTo("10.1.2.3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "proxy", "", "/8"})
  void whatIsNoNetworkIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> Network.of(text));
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, ::1, false",
    "10.128.0.0/9, 10.127.255.255, false",
    "10.128.0.0/9, 10.255.0.1, true",
    "192.0.2.129/25, 192.0.2.200, true",
    "192.0.2.7/32, 192.0.2.6, false"
  })
  void aNetworkHoldsWhatBeginsAsItDoes(String network, String address, boolean contained) {
    assertThat(Network.of(network).contains(Addresses.parse(address))).isEqualTo(contained);
  }
}
