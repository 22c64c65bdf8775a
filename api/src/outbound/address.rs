//! Which addresses may be dialled: global unicast only, whatever form they hide in.
//!
//! From IANA's special-purpose registries for IPv4 and IPv6. What is not plainly global is refused, so a range that is
//! forgotten here is one that cannot be reached, not one that can.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Whether an address may be dialled: global, or in a range that the operator allows.
pub(super) fn may_be_dialled(address: IpAddr, allowed: &[IpNet]) -> bool {
    let canonical = address.to_canonical();
    allowed.iter().any(|net| net.contains(&canonical)) || is_global(canonical)
}

fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) => is_global_v6(address),
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_unspecified()
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b)) // shared address space (CGNAT)
        || (a == 192 && b == 0 && c == 0) // IETF protocol assignments
        || (a == 192 && b == 88 && c == 99) // 6to4 relays
        || (a == 198 && (b == 18 || b == 19)); // benchmarking
    !special
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = embedded_v4(address) {
        return is_global_v4(inner);
    }
    let segments = address.segments();
    let [first, second, ..] = segments;
    // Global unicast is 2000::/3; inside it, what is set apart for protocols, documentation and Teredo is not.
    let unicast = first & 0xe000 == 0x2000;
    let protocol = first == 0x2001 && second < 0x0200;
    let documentation = (first == 0x2001 && second == 0x0db8) || first == 0x3fff;
    unicast && !protocol && !documentation
}

/// The IPv4 address inside a mapped, compatible, NAT64 or 6to4 address.
#[expect(clippy::many_single_char_names, reason = "the eight groups of an address")]
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b) {
        (0, 0)
            if c == 0
                && d == 0
                && (e == 0xffff || e == 0)
                && (f == 0 || f == 0xffff)
                && (g != 0 || h > 1) =>
        {
            Some(join(g, h))
        }
        (0x0064, 0xff9b) => Some(join(g, h)),
        (0x2002, _) => Some(join(b, c)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_global_addresses_whatever_form_they_hide_in() {
        let inside = [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "224.0.0.1",
            "240.0.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:1::",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "3fff::1",
            "64:ff9b:1::a00:1",
        ];
        for text in inside {
            assert!(!may_be_dialled(text.parse().unwrap(), &[]), "{text}");
        }
        for text in ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(may_be_dialled(text.parse().unwrap(), &[]), "{text}");
        }
        assert!(may_be_dialled("::ffff:127.0.0.1".parse().unwrap(), &["127.0.0.0/8".parse().unwrap()]));
    }
}
