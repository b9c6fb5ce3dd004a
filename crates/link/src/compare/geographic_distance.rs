//! The distance between two places on the earth, along its surface.

/// The mean radius of the earth in metres, as the International Union of Geodesy and Geophysics has it (R1 of GRS 80).
const RADIUS: f64 = 6_371_008.8;

/// A place on the earth, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    latitude: f64,
    longitude: f64,
}

impl Place {
    /// A place, if there is one with these coordinates.
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let there = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        there.then_some(Self {
            latitude,
            longitude,
        })
    }
}

/// The metres between two places by the haversine formula, for an earth that is a ball: it is wrong by half of a
/// hundredth at most.
pub fn metres_between(a: Place, b: Place) -> f64 {
    let half_sine = |x: f64, y: f64| ((x - y).to_radians() / 2.0).sin().powi(2);
    let (north, east) = (
        half_sine(a.latitude, b.latitude),
        half_sine(a.longitude, b.longitude),
    );
    let shrunk = a.latitude.to_radians().cos() * b.latitude.to_radians().cos();
    let chord = shrunk.mul_add(east, north).clamp(0.0, 1.0);
    2.0 * RADIUS * chord.sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn metres(a: (f64, f64), b: (f64, f64)) -> f64 {
        let place = |(latitude, longitude)| Place::new(latitude, longitude).unwrap();
        metres_between(place(a), place(b))
    }

    /// Nashville to Los Angeles is 2,887.2599506 km on a ball of 6,372.8 km (Rosetta Code, "Haversine formula").
    #[test]
    fn the_published_example_comes_out() {
        let expected = 2_887_259.950_6 / 6_372.8 * 6_371.008_8;
        let found = metres((36.12, -86.67), (33.94, -118.40));
        assert!((found - expected).abs() < 0.1, "{found}, {expected}");
    }

    /// A degree is a 360th of the circle: 111.195 km along a meridian; half of that along the 60th parallel, less what
    /// the great circle cuts off. From pole to pole it is half of the circle.
    #[test]
    fn degrees_are_as_long_as_the_circle_says() {
        let degree = std::f64::consts::PI * RADIUS / 180.0;
        for (a, b, expected, by) in [
            ((51.0, 0.7), (52.0, 0.7), degree, 1e-6),
            ((0.0, 179.5), (0.0, -179.5), degree, 1e-6),
            ((60.0, 10.0), (60.0, 11.0), degree / 2.0, 3.0),
            ((90.0, 0.0), (-90.0, 33.0), 180.0 * degree, 1e-6),
            ((51.54, 0.71), (51.54, 0.71), 0.0, 1e-9),
        ] {
            let found = metres(a, b);
            assert!((found - expected).abs() <= by, "{found}, {expected}");
        }
    }

    #[test]
    fn there_are_no_places_beyond_the_poles() {
        for (latitude, longitude) in [
            (90.1, 0.0),
            (99.999_999, 0.0),
            (0.0, 180.1),
            (f64::NAN, 0.0),
            (0.0, f64::INFINITY),
        ] {
            assert_eq!(Place::new(latitude, longitude), None);
        }
    }

    proptest! {
        /// A second way: the angle between two arrows from the middle of the earth, from their cross and dot product.
        #[test]
        fn distances_are_those_of_arrows(
            a in (-90.0..90.0_f64, -180.0..180.0_f64),
            b in (-90.0..90.0_f64, -180.0..180.0_f64),
        ) {
            let arrow = |(latitude, longitude): (f64, f64)| {
                let (north, east) = (latitude.to_radians(), longitude.to_radians());
                [north.cos() * east.cos(), north.cos() * east.sin(), north.sin()]
            };
            let (x, y) = (arrow(a), arrow(b));
            let cross = [
                x[1] * y[2] - x[2] * y[1],
                x[2] * y[0] - x[0] * y[2],
                x[0] * y[1] - x[1] * y[0],
            ];
            let length = cross.iter().map(|part| part * part).sum::<f64>().sqrt();
            let dot: f64 = x.iter().zip(y).map(|(x, y)| x * y).sum();
            let expected = RADIUS * length.atan2(dot);
            // Near the other side of the earth the haversine formula loses digits.
            prop_assert!((metres(a, b) - expected).abs() < 0.5, "{} {}", metres(a, b), expected);
            prop_assert_eq!(metres(a, b).to_bits(), metres(b, a).to_bits());
        }
    }
}
