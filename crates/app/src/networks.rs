//! From where people connect: addresses, and what the map of networks (`content/networks.toml`) says of them.

use anyhow::{Context, Result, bail};
use govern::{Connection, agreement::clauses::AreaOfLaw};
use model::Content;
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};

/// The address of the machine itself, where commands are run.
pub(crate) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

const MAP: &str = "networks.toml";

/// The networks that are known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Networks {
    #[serde(default, rename = "network")]
    networks: Vec<Network>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Network {
    name: String,
    ranges: Vec<String>,
    territory: AreaOfLaw,
    #[serde(default)]
    places: BTreeSet<String>,
}

impl Networks {
    /// Reads them. Without a map no network is known.
    pub(crate) fn read(content: &Content) -> Result<Self> {
        if !content.has(MAP) {
            return Ok(Self {
                networks: Vec::new(),
            });
        }
        let read: Self = content.toml(MAP)?;
        for network in &read.networks {
            for range in &network.ranges {
                if parts(range).is_none() {
                    bail!(
                        "`{MAP}`: network \"{}\" has the range `{range}`, which is not of the form 192.0.2.0/24 or 2001:db8::/32",
                        network.name
                    );
                }
            }
        }
        Ok(read)
    }

    /// What is known of an address: that of the narrowest range that holds it.
    pub(crate) fn of(&self, address: IpAddr) -> Option<Connection> {
        let held = self.networks.iter().filter_map(|network| {
            let widths = network
                .ranges
                .iter()
                .filter_map(|range| holds(range, address));
            Some((widths.max()?, network))
        });
        let (_, network) = held.max_by_key(|(width, _)| *width)?;
        Some(Connection {
            territory: network.territory,
            places: network.places.clone(),
        })
    }
}

/// From where an address connects, if its network is known.
pub(crate) fn connection(content: &Content, address: Option<IpAddr>) -> Result<Option<Connection>> {
    let networks = Networks::read(content).context("the map of networks cannot be read")?;
    Ok(address.and_then(|address| networks.of(address)))
}

/// How many bits of a range an address has to share, where it does.
fn holds(range: &str, address: IpAddr) -> Option<u32> {
    let (network, width) = parts(range)?;
    let (network, of) = bits(network);
    let (address, length) = bits(address.to_canonical());
    let rest = of.checked_sub(width)?;
    let same = of == length
        && network.checked_shr(rest).unwrap_or(0) == address.checked_shr(rest).unwrap_or(0);
    same.then_some(width)
}

fn parts(range: &str) -> Option<(IpAddr, u32)> {
    let (network, width) = range.split_once('/')?;
    let network: IpAddr = network.parse().ok()?;
    let width = width
        .parse()
        .ok()
        .filter(|width| *width <= bits(network).1)?;
    Some((network, width))
}

/// An address as a number, and how many bits it has.
fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(v4) => (u32::from(v4).into(), 32),
        IpAddr::V6(v6) => (v6.into(), 128),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(text: &str) -> Result<Networks> {
        Networks::read(&Content::from_files(vec![(
            "networks.toml".to_owned(),
            text.as_bytes().to_vec(),
        )]))
    }

    #[test]
    fn the_narrowest_range_that_holds_an_address_counts() {
        let known = networks(
            "[[network]]\nname = \"office\"\nranges = [\"10.0.0.0/8\", \"2001:db8::/32\"]\nterritory = \"england\"\n\
             [[network]]\nname = \"ward\"\nranges = [\"10.1.2.0/24\"]\nterritory = \"wales\"\nplaces = [\"the ward\"]\n",
        )
        .unwrap();
        let of = |text: &str| {
            let found = known.of(text.parse().unwrap());
            found.map(|c| c.territory.code())
        };
        for (address, territory) in [
            ("10.1.2.3", Some("wales")),
            ("::ffff:10.1.2.3", Some("wales")),
            ("10.1.3.3", Some("england")),
            ("11.0.0.1", None),
            ("2001:db8::5", Some("england")),
            ("2001:db9::5", None),
            ("::1", None),
        ] {
            assert_eq!(of(address), territory, "{address}");
        }
    }

    #[test]
    fn a_range_of_everything_holds_everything_of_its_kind() {
        let known = networks(
            "[[network]]\nname = \"all\"\nranges = [\"0.0.0.0/0\"]\nterritory = \"england\"\n",
        )
        .unwrap();
        assert!(known.of("192.0.2.1".parse().unwrap()).is_some());
        assert!(known.of("2001:db8::1".parse().unwrap()).is_none());
    }

    #[test]
    fn a_range_that_is_none_is_refused_with_its_network() {
        for range in ["10.0.0.0", "10.0.0.0/33", "office/8", "2001:db8::/129", ""] {
            let text = format!(
                "[[network]]\nname = \"x\"\nranges = [\"{range}\"]\nterritory = \"england\"\n"
            );
            let said = networks(&text).unwrap_err().to_string();
            assert!(said.contains("network \"x\""), "{said}");
        }
    }
}
