package entra

// A Strategy is a way of looking users up.
type Strategy string
