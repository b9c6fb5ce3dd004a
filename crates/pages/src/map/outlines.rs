//! Outlines of areas in a plane, and how they are fitted into a drawing.

use crate::drawing::round;
use serde::Deserialize;
use std::fmt::Write;

/// The outlines of a set of areas, as a file under `content/geo/` holds them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outlines {
    /// What the areas are.
    pub title: String,
    /// What one area is called.
    pub kind: String,
    /// How the coordinates came about.
    pub projection: String,
    /// Where they are from.
    pub source: String,
    /// Their licence, with the words of attribution that it asks for.
    pub licence: String,
    /// The areas.
    pub areas: Vec<Outline>,
}

/// The outline of one area.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outline {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its rings, outer and inner, each as east, north, east, north ... in metres.
    pub rings: Vec<Vec<i32>>,
}

/// A file of outlines cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the outlines cannot be read: {0}")]
pub struct OutlinesError(#[from] serde_json::Error);

impl Outlines {
    /// Reads a file of outlines.
    pub fn from_json(bytes: &[u8]) -> Result<Self, OutlinesError> {
        Ok(serde_json::from_slice(bytes)?)
    }

    /// The name of an area; its code where it is not among the outlines.
    pub fn name<'a>(&'a self, code: &'a str) -> &'a str {
        self.areas
            .iter()
            .find(|a| a.code == code)
            .map_or(code, |a| a.name.as_str())
    }

    /// The rectangle around all areas; `None` where there are none.
    pub(super) fn bounds(&self) -> Option<Bounds> {
        let mut points = self.areas.iter().flat_map(Outline::points);
        let (x, y) = points.next()?;
        let mut bounds = Bounds {
            west: x,
            east: x,
            south: y,
            north: y,
        };
        for (x, y) in points {
            bounds.west = bounds.west.min(x);
            bounds.east = bounds.east.max(x);
            bounds.south = bounds.south.min(y);
            bounds.north = bounds.north.max(y);
        }
        Some(bounds)
    }
}

impl Outline {
    fn points(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.rings.iter().flat_map(|r| pairs(r))
    }
}

fn pairs(ring: &[i32]) -> impl Iterator<Item = (f64, f64)> + '_ {
    ring.chunks_exact(2).filter_map(|pair| match pair {
        [x, y] => Some((f64::from(*x), f64::from(*y))),
        _ => None,
    })
}

/// A rectangle in metres.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    west: f64,
    east: f64,
    south: f64,
    north: f64,
}

impl Bounds {
    /// The largest size at which the rectangle fits.
    pub(super) fn fit(self, widest: f64, tallest: f64) -> Fit {
        let (across, up) = (
            (self.east - self.west).max(1.0),
            (self.north - self.south).max(1.0),
        );
        Fit {
            bounds: self,
            scale: (widest / across).min(tallest / up),
        }
    }
}

/// Outlines at the size of a drawing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    bounds: Bounds,
    scale: f64,
}

impl Fit {
    /// How tall the drawing of all areas is.
    pub(super) fn height(&self) -> f64 {
        (self.bounds.north - self.bounds.south) * self.scale
    }

    /// How wide the drawing of all areas is.
    pub(super) fn width(&self) -> f64 {
        (self.bounds.east - self.bounds.west) * self.scale
    }

    /// The middle of one area's box.
    pub(super) fn middle(&self, area: &Outline, left: f64, top: f64) -> Option<(f64, f64)> {
        let first = area.points().next()?;
        let (mut low, mut high) = (first, first);
        for (x, y) in area.points() {
            low = (low.0.min(x), low.1.min(y));
            high = (high.0.max(x), high.1.max(y));
        }
        Some((
            left + (f64::midpoint(low.0, high.0) - self.bounds.west) * self.scale,
            top + (self.bounds.north - f64::midpoint(low.1, high.1)) * self.scale,
        ))
    }

    /// The path of one area, north up.
    pub(super) fn path(&self, area: &Outline, left: f64, top: f64) -> String {
        let mut path = String::new();
        for ring in &area.rings {
            for (position, (x, y)) in pairs(ring).enumerate() {
                let command = if position == 0 { 'M' } else { 'L' };
                let x = left + (x - self.bounds.west) * self.scale;
                let y = top + (self.bounds.north - y) * self.scale;
                // Writing to a string cannot fail.
                let _ = write!(path, "{command}{} {}", round(x), round(y));
            }
            path.push('Z');
        }
        path
    }
}
