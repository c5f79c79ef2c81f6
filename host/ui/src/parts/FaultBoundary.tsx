// Catches a fault of the page itself, so that people see what to do and not an empty screen.
import { Component, type ReactNode } from "react";

interface FaultBoundaryProps {
  /** Shown in place of what failed. */
  fallback: ReactNode;
  children: ReactNode;
}

export class FaultBoundary extends Component<FaultBoundaryProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidCatch(error: unknown) {
    console.error(error);
  }

  override render() {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}
